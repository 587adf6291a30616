"""Cost of one KeypointNet training step: processor time, peak memory, and speed of its convolutions.

    python benchmarks/training_step.py                       # the paper preset, batch 8
    python benchmarks/training_step.py --precision bfloat16
    python benchmarks/training_step.py --layers keras
    python benchmarks/training_step.py --preset demo         # as it is trained, eight views of four objects
    pip install -e '.[benchmarks]'
    python benchmarks/training_step.py --preset demo --twin --turns 5

For comparison, the original (TensorFlow 1 code, 128 px, 64 filters, batch 8, two threads) needed 10.2 s of processor
time and 4.7 GiB on the kind of machine that the figures in docs/results.md come from. `--layers keras` takes about as
much: the same network with Keras' convolution, batch normalisation and leaky ReLU in the place of our blocks. The
convolutions that a step runs, gradients included, are compared with one plain 3×3 convolution of 64 channels at 128 px,
forward and backward, in the same run.

`--twin` sets the presets demo and small beside the same network, terms and optimizer in PyTorch, channels last: each in
a process of its own, turn by turn, so that memory is counted apart and a machine whose speed drifts does not count.
"""

import argparse
import dataclasses
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import side_by_side
import steps

from tfkeypoints.models.keypointnet.presets import PRESETS

MOST = 8
"""Examples of a batch unless asked for more: the paper's batch of 256 takes minutes."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="paper")
    parser.add_argument("--batch-size", type=int, help=f"objects a step; by default the preset's, but at most {MOST}")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="of the networks")
    parser.add_argument("--layers", choices=["ours", "keras"], default="ours", help="that the network is made of")
    parser.add_argument("--twin", action="store_true", help="compare with the same in PyTorch")
    parser.add_argument("--steps", type=int, default=5, help="steps that are timed, after three that are not")
    parser.add_argument("--turns", type=int, default=1, help="times that both are measured, every other one last first")
    parser.add_argument("--torch-threads", type=int, help="of the twin; by default PyTorch's own choice")
    parser.add_argument("--framework", choices=side_by_side.FRAMEWORKS, help="measure this one alone, in this process")
    arguments = parser.parse_args()
    recipe = PRESETS[arguments.preset]
    twin = arguments.twin or arguments.framework
    if twin and (recipe.model.facing != "shared" or (arguments.precision, arguments.layers) != ("float32", "ours")):
        parser.error("the twin is that of the presets demo and small, with our layers, in float32")
    if arguments.layers == "keras" and recipe.model.backbone != "dilated":
        parser.error("--layers keras is for the dilated network, of the preset paper")
    recipe = recipe.with_options(
        batch_size=arguments.batch_size or min(recipe.batch_size, MOST), precision=arguments.precision
    )
    if arguments.framework:
        torch = arguments.framework == "torch"
        measured = torch_step(recipe, arguments.torch_threads) if torch else tensorflow_step(recipe)
        side_by_side.measure(*measured, arguments.steps)
    elif twin:
        side_by_side.compare(__file__, sys.argv[1:], arguments.turns)
    else:
        report(recipe, arguments)


def report(recipe, arguments):
    """Prints what a step of ours costs."""
    if arguments.layers == "keras":
        import keras_block

        keras_block.replace_ours()
    step, parameters, before = tensorflow_step(recipe)
    found = steps.cost(step, arguments.steps, warm_up=2)
    peak = steps.peak()
    work = steps.multiplied(recipe, steps.random_examples(recipe))
    speed, best = work / found["processor"], steps.plain_convolution_speed(precision=arguments.precision)
    print(f"{recipe.preset} preset, {parameters:,} parameters, {recipe.batch_size} × {recipe.num_views} views")
    print(f"layers, precision      {arguments.layers}, {arguments.precision}")
    print(f"processor time a step  {found['processor']:6.3f} s   (wall {found['wall']:.3f} s)")
    print(f"peak resident memory   {peak:6.2f} GiB, {peak - before:.2f} above the imports")
    print(f"convolutions           {work / 1e9:6.1f} GFLOP, {speed / 1e9:.0f} a processor second")
    print(
        f"a plain one            {best / 1e9:6.0f} GFLOP a processor second: the step reaches {speed / best:.0%} of it"
    )


def tensorflow_step(recipe):
    """A training step of ours, the number of parameters, and the memory that stood before the model in GiB."""
    examples = steps.random_examples(recipe)
    before = steps.after_imports(recipe)
    model = steps.compiled(recipe, examples)
    model.train_on_batch(examples)
    return lambda: model.train_on_batch(examples), model.count_params(), before


def torch_step(recipe, threads):
    """The same of the twin."""
    import torch
    from keypointnet_twin import Muon, Twin

    side_by_side.use_torch_threads(threads)
    examples = steps.random_examples(recipe)
    examples = {name: torch.from_numpy(values) for name, values in examples.items()}
    before = steps.peak()
    model = Twin(dataclasses.replace(recipe.model, mean_depth=30.0)).to(memory_format=torch.channels_last)
    optimizer = Muon(model, recipe.learning_rate)

    def step():
        optimizer.zero_grad()
        loss = model.loss(examples)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, sum(parameter.numel() for parameter in model.parameters()), before


if __name__ == "__main__":
    main()
