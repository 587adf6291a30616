"""Where the time of a training step goes: by part of the model, by operation, and against a plain convolution's speed.

    python benchmarks/profile_step.py                        # KeypointNet's preset demo
    python benchmarks/profile_step.py --method keypoint3d --preset small

TensorFlow's profiler times every operation of some steps on noise images, one at a time and in one thread, so that the
times add up. Of each, the least over the steps is taken, so that what else the machine does hardly counts. Shuffling,
varying and batching examples that are in memory is measured apart, as the processor time of a batch.
"""

import argparse
import collections
import re
import tempfile
from pathlib import Path

import numpy as np
import steps
import tables

from tfkeypoints.methods import recipe_of

PRESETS = {"keypointnet": "demo", "keypoint3d": "small"}
KERNEL = re.compile(r"StatefulPartitionedCall/(?P<path>.+):(?P<operation>\w+)")
"""The name of an operation of a step in a profile."""
NORMALISATION, LOSSES = "normalisation", "losses"
OF_NORMALISATION = ("FusedBatchNorm", "LeakyRelu")
"""Kinds of operations by which our normalisation's own gradient is known: it lies in no scope."""
WARM_UP = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=PRESETS, default="keypointnet")
    parser.add_argument("--preset", help="by default demo of KeypointNet, and small of Keypoint3D")
    parser.add_argument("--steps", type=int, default=10, help="steps that are profiled")
    parser.add_argument("--kinds", type=int, default=15, help="kinds of operations that are listed")
    arguments = parser.parse_args()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    recipe = recipe_of(arguments.method).from_preset(arguments.preset or PRESETS[arguments.method])
    examples = steps.random_examples(recipe)
    model = steps.compiled(recipe, examples)
    scopes = name_scopes(model)
    batches = iter(tf.data.Dataset.from_tensors((examples,)).repeat())
    model.make_train_function()

    def step():
        np.asarray(tf.nest.flatten(model.train_function(batches))[0])

    found = steps.cost(step, arguments.steps, WARM_UP)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(arguments.steps):
            step()
        tf.profiler.experimental.stop()
        kernels = durations(Path(folder), arguments.steps)
    parts, kinds = by_part(kernels, scopes, model.optimizer.name), by_kind(kernels)
    pipeline = 1000 * pipeline_cost(recipe, examples)["processor"]
    print(f"{recipe.name}, preset {recipe.preset}, {' × '.join(map(str, examples['image'].shape))}\n")
    print(table_of_parts(parts, pipeline))
    print()
    print(table_of_kinds(kinds, arguments.kinds))
    work, plain, processor = steps.multiplied(recipe, examples), steps.plain_convolution_speed(), found["processor"]
    print(f"\na step                {1000 * processor:7.1f} ms of the processor (wall {1000 * found['wall']:.1f})")
    print(f"its operations        {sum(each.total() for each in parts.values()):7.1f} ms")
    print(f"its convolutions      {work / 1e9:7.2f} GFLOP, gradients included")
    print(f"their share of it     {work / processor / 1e9:7.1f} GFLOP a processor second")
    print(
        f"a plain convolution   {plain / 1e9:7.1f} GFLOP a processor second; the share {work / processor / plain:.0%}"
    )


def name_scopes(model):
    """Gives the layers of a built model names by which their operations are found. Returns scope to part."""
    import keras
    import tensorflow as tf

    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.name = NORMALISATION
    if hasattr(model, "encoders"):
        networks = {"encoder": model.encoders, "decoder": model.decoders}
    else:
        networks = {"keypoint network": [model.network]}
        if hasattr(model, "orientation_net"):
            networks["orientation network"] = [model.orientation_net.network]
    scopes = {f"{part.replace(' ', '_')}_of_profile": part for part in networks}
    for scope, part in scopes.items():
        for network in networks[part]:  # whose parts may be called on their own
            for layer in network._flatten_layers(include_self=True, recursive=False):
                layer.name = scope
    compute_loss = model.compute_loss

    def scoped(*arguments, **options):
        with tf.name_scope(LOSSES):
            return compute_loss(*arguments, **options)

    model.compute_loss = scoped
    return scopes


def durations(folder, count):
    """Milliseconds a step of every operation in a profile: (path, kind) to the least over steps.

    oneDNN's operations have the names of TensorFlow's own.
    """
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = folder.glob("plugins/profile/*/*.xplane.pb")
    space = xplane_pb2.XSpace.FromString(path.read_bytes())
    found = collections.defaultdict(list)
    for plane in space.planes:
        if plane.name != "/host:CPU":
            continue
        for line in plane.lines:
            for event in line.events:
                match = KERNEL.fullmatch(plane.event_metadata[event.metadata_id].name)
                if match:
                    kind = re.sub(r"^_Mkl(Native)?", "", match["operation"])
                    found[match["path"], kind].append(event.duration_ps / 1e9)
    return {name: min(times) * len(times) / count for name, times in found.items()}


def by_part(kernels, scopes, optimizer):
    """Milliseconds by part and then direction, "forward" or "gradient"."""
    parts = collections.defaultdict(collections.Counter)
    for (path, kind), time in kernels.items():
        direction = "gradient" if "gradient_tape/" in path or "Grad" in kind else "forward"
        parts[part_of(path, kind, scopes, optimizer)][direction] += time
    return parts


def part_of(path, kind, scopes, optimizer):
    """The part of a step that an operation belongs to, from the scopes that it lies in and, of gradients, its kind."""
    layers = [re.sub(r"_\d+$", "", scope) for scope in path.split("/")]
    if optimizer in path:
        return "optimizer"
    if NORMALISATION in layers or kind.startswith(OF_NORMALISATION):
        return NORMALISATION
    if any("head" in layer or "facing" in layer for layer in layers):
        return "heads"
    for scope, part in scopes.items():
        if scope in path:
            return part
    return "losses and metrics" if LOSSES in layers else "points, images, the rest"


def by_kind(kernels):
    """Milliseconds and count by kind of operation."""
    kinds = collections.defaultdict(lambda: [0.0, 0])
    for (_, kind), time in kernels.items():
        kinds[kind][0] += time
        kinds[kind][1] += 1
    return kinds


def table_of_parts(parts, pipeline):
    """A table in Markdown, largest first."""
    whole = sum(each.total() for each in parts.values())
    rows = [
        [name, f"{each['forward']:.1f}", f"{each['gradient']:.1f}", f"{each.total() / whole:.1%}"]
        for name, each in sorted(parts.items(), key=lambda item: -item[1].total())
    ]
    rows.append(["input pipeline, beside it", f"{pipeline:.1f}", "", f"{pipeline / whole:.1%}"])
    return tables.table(["part", "forward, ms", "gradient, ms", "of the step"], rows)


def table_of_kinds(kinds, count):
    """A table in Markdown of the operations that take most."""
    whole = sum(time for time, _ in kinds.values())
    ordered = sorted(kinds.items(), key=lambda item: -item[1][0])
    rows = [[name, f"{time:.1f}", number, f"{time / whole:.1%}"] for name, (time, number) in ordered[:count]]
    return tables.table(["operation", "ms", "how many", "of the step"], rows)


def pipeline_cost(recipe, examples, turns=40):
    """What a batch of examples in memory costs, varied as the recipe has it."""
    import tensorflow as tf

    from tfkeypoints.data.sampling import shuffled_batches

    tensors = {name: tf.constant(values) for name, values in examples.items()}
    batches = iter(shuffled_batches(tensors, recipe.batch_size, 0, 0, recipe.augmentation()))
    return steps.cost(lambda: next(batches), turns, warm_up=10)


if __name__ == "__main__":
    main()
