"""The benchmarks of training steps, without the trainings: what they count, fit and divide."""

import json
import subprocess
import sys

import numpy as np
import pytest

CHARGED = """
import json, sys, against
busy = "import time; kept = bytearray(100 * 2**20)\\nwhile time.process_time() < 0.5: pass"
found = [against.run([sys.executable, "-c", words]) for words in ("pass", busy)]
try:
    against.run([sys.executable, "-c", "import sys; print('no such thing'); sys.exit(3)"])
except RuntimeError as error:
    print(json.dumps([*found, str(error)]))
"""


def test_a_command_is_charged_for_its_own_time_and_memory(request):
    """In a process of its own, as what is resident when a command is started counts as the command's."""
    folder = request.config.rootpath / "benchmarks"
    answer = subprocess.run([sys.executable, "-c", CHARGED], cwd=folder, check=True, capture_output=True, text=True)
    idle, busy, error = json.loads(answer.stdout)
    assert 0.5 <= busy["processor"] < 0.5 + 2 * idle["processor"] + 0.5
    assert busy["wall"] > 0.4
    assert idle["peak"] < 60 and 100 < busy["peak"] < 160
    assert error.endswith("ended with 3:\nno such thing\n")


def test_a_step_costs_what_the_further_steps_do_and_memory_is_above_the_imports(monkeypatch):
    import against

    monkeypatch.setattr(against, "run", lambda command: {"processor": 9.0, "wall": 9.0, "peak": 700.0})
    costs = {60: {"processor": 50.0, "wall": 40.0, "peak": 900.0}, 260: {"processor": 150.0, "wall": 90.0, "peak": 950}}
    monkeypatch.setattr(against, "train", lambda python, training, steps, place: costs[steps])
    found = against.measure("python", "demo", (60, 260), "data")
    assert (found["processor"], found["wall"], found["memory"]) == (0.5, 0.25, 250)


def test_ratios_are_those_within_a_turn():
    import against

    here = [{"processor": each, "wall": 1.0, "memory": 300.0} for each in (1.0, 2.0, 4.0)]
    other = [{"processor": each, "wall": 2.0, "memory": 200.0} for each in (2.0, 5.0, 5.0)]
    turns = [{"here": a, "other": b} for a, b in zip(here, other, strict=True)]
    rows = [[cell.strip() for cell in line.split("|")[2:-1]] for line in against.report(turns).split("\n")[2:]]
    assert rows == [
        ["2", "5", "0.500 (0.400 – 0.800)"],
        ["1", "2", "0.500 (0.500 – 0.500)"],
        ["300", "200", "1.500 (1.500 – 1.500)"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "9", "9"], "FEW MANY with 0 < FEW < MANY. Received: 9 9"),
        (["--turns", "0"], "at least 1. Received: 0"),
        ([], "build it: tfkeypoints data build rendered_objects/chairs_64"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(words, said, tmp_path, monkeypatch, capsys):
    import against

    monkeypatch.setattr("sys.argv", ["against.py", "--against", str(tmp_path), "--data-dir", str(tmp_path), *words])
    with pytest.raises(SystemExit):
        against.main()
    assert said in " ".join(capsys.readouterr().err.split())


def test_convolutions_are_counted_with_their_gradients():
    import steps

    from tfkeypoints.models.keypointnet.presets import PAPER

    sizes = {"filters": 2, "num_keypoints": 5, "image_size": 16, "batch_size": 3, "num_views": 2, "dilations": (1, 2)}
    recipe = PAPER.with_options(**sizes, use_orientation=False, orientation=0.0, mean_depth=30.0)
    cells = 3 * 2 * 16 * 16
    first, second, heads = (2 * cells * 9 * channels * filters for channels, filters in ((3, 2), (2, 2), (2, 2 * 5)))
    expected = 2 * first + 3 * second + 3 * heads  # no gradient to the images
    assert steps.multiplied(recipe, steps.random_examples(recipe)) == expected


def test_parts_of_a_step_are_told_by_scopes():
    import profile_step

    scopes = {"keypoint_network_of_profile": "keypoint network"}
    network = "key_point_net_1/keypoint_network_of_profile_3"
    for path, part in {
        f"{network}/conv2d/convolution": "keypoint network",
        f"{network}/normalisation_1/AssignVariableOp": "normalisation",
        "FusedBatchNormGradV3": "normalisation",
        "gradient_tape/key_point_net_1/logit_head_1/convolution/Conv2DBackpropInput": "heads",
        "convolution_muon/MatMul_7": "optimizer",
        "gradient_tape/losses/mul_4": "losses and metrics",
        "key_point_net_1/spatial_softmax_1/sub": "points, images, the rest",
    }.items():
        assert profile_step.part_of(path, path.rpartition("/")[2], scopes, "convolution_muon") == part


def test_durations_are_the_least_of_the_operations_of_steps_alone(tmp_path):
    import profile_step
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    plane = xplane_pb2.XPlane(name="/host:CPU")
    names = [
        "StatefulPartitionedCall/net/mul:Mul",
        "StatefulPartitionedCall/net/grad:_MklNativeConv2D",
        "Iterator::Root",
    ]
    for number, name in enumerate(names):
        plane.event_metadata[number].CopyFrom(xplane_pb2.XEventMetadata(id=number, name=name))
    line = plane.lines.add()
    for number, milliseconds in ((0, 1), (0, 2), (0, 90), (1, 5), (1, 5), (1, 5), (1, 5), (1, 5), (1, 5), (2, 70)):
        line.events.add(metadata_id=number, duration_ps=milliseconds * 10**9)
    path = tmp_path / "plugins" / "profile" / "now" / "here.xplane.pb"
    path.parent.mkdir(parents=True)
    path.write_bytes(xplane_pb2.XSpace(planes=[plane, xplane_pb2.XPlane(name="/host:metadata")]).SerializeToString())
    found = profile_step.durations(tmp_path, 3)
    assert found == {("net/mul", "Mul"): 1.0, ("net/grad", "Conv2D"): 10.0}  # the latter twice a step
    assert {name: (time, count) for name, (time, count) in profile_step.by_kind(found).items()} == {
        "Mul": (1.0, 1),
        "Conv2D": (10.0, 1),
    }


def test_a_straight_line_is_found_and_what_lies_off_it():
    import growth

    counts = np.array([4.0, 8, 16, 64])
    slope, start, off = growth.line(counts, 7 + 3 * counts)
    np.testing.assert_allclose([slope, start, off], [3, 7, 0], atol=1e-12)
    assert growth.line(counts, 7 + counts**2)[2] > 0.3


def test_points_that_were_measured_are_not_measured_again(tmp_path, monkeypatch, capsys):
    import growth

    asked = []

    def answer(command, **options):
        method, varied, value = command[command.index("--point") + 1 :]
        asked.append((method, varied, int(value)))
        if len(asked) == 5:
            raise KeyboardInterrupt
        pixels = int(value) ** (2 if varied == "image_size" else 1)
        return type("Answer", (), {"stdout": f'{{"processor": {10 + 2 * pixels}, "memory": {100 + pixels}}}'})

    monkeypatch.setattr(growth.subprocess, "run", answer)
    monkeypatch.setattr("sys.argv", ["growth.py", "--out", str(tmp_path)])
    with pytest.raises(KeyboardInterrupt):
        growth.main()
    growth.main()
    assert asked[:4] + asked[5:] == growth.points() and asked[4] == asked[5]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.split("\n") if "|" in line
    ]
    assert rows[2][3:] == ["18 – 138 ms", "10 + 2", "0%", "104 – 164 MiB", "100 + 1", "0%"]
    assert rows[4][2:5] == ["1024 – 65536", "2058 – 131082 ms", "10 + 2e+03"]
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
