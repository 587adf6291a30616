"""Tests of captures through `data.load`: schema, splits, exactness, who faces otherwise, changed files, bad input."""

import itertools
import shutil

import numpy as np
import pytest

from tests.data.captures import drawn
from tfkeypoints import data

FORMS = ("transforms", "native", "colmap", "transforms")
TURNED = "ball_2"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Four objects of differing sizes and places; one of them faces another way."""
    folder = tmp_path_factory.mktemp("source") / "objects"
    for number, form in enumerate(FORMS):
        name = f"ball_{number}"
        turn = 90.0 if name == TURNED else 0.0
        made = drawn.make(
            number, 6 + number, unit=10.0**number, place=(number, 5.0, -2.0), turn=turn, stretch=1 + 0.1 * number
        )
        made.write(folder / name, form, masks=number % 2 == 1)
    return folder


def options(source, **more):
    return {"captures": str(source), "image_size": 48, "num_examples": 8, **more}


def read(split, data_dir, **chosen):
    return list(data.load("captures/own", split, data_dir, **chosen).as_numpy_iterator())


@pytest.fixture(scope="module")
def built(source, tmp_path_factory):
    return data.build("captures/own", tmp_path_factory.mktemp("data"), **options(source, turn=(f"{TURNED}=-90",)))


@pytest.fixture(scope="module")
def examples(built):
    return {split: list(built.as_dataset(split=split).as_numpy_iterator()) for split in ("train", "validation", "test")}


def test_examples_follow_the_schema_and_splits_share_no_object(examples):
    assert [len(each) for each in examples.values()] == [16, 8, 8]
    instances = [{example["instance"] for example in each} for each in examples.values()]
    assert len(set.union(*instances)) == sum(map(len, instances)) == 4
    for example in itertools.chain(*examples.values()):
        data.check_example(example)
        assert example["image"].shape == (2, 48, 48, 4)
        assert (example["extrinsics"][0] != example["extrinsics"][1]).any()  # two photos


def test_balls_are_where_the_cameras_of_the_windows_say(examples):
    offs = []
    for example in itertools.chain(*examples.values()):
        number = int(example["instance"][-1:])
        centres = drawn.CENTRES * [1, 1, 1 + 0.1 * number]
        radii = drawn.RADII[:, None]
        low, high = (centres - radii).min(0), (centres + radii).max(0)
        middle = (low + high) / 2
        radius = (np.linalg.norm(centres - middle, axis=1) + drawn.RADII).max()
        for image, intrinsics, extrinsics in zip(
            example["image"], example["intrinsics"], example["extrinsics"], strict=True
        ):
            seen = extrinsics[:3, :3] @ ((centres[3] - middle) / radius) + extrinsics[:3, 3]
            expected = ((intrinsics @ seen)[:2] / seen[2] + 1) * 24 - 0.5
            place = drawn.find(image, 3)
            if place is not None:
                offs.append(np.linalg.norm(place - expected))
    # The middle is known to some 5 % of the radius, which is 0.9 pixels of 48; now and then another ball covers a part.
    assert len(offs) > 30
    assert np.median(offs) < 1.5


def test_what_was_assumed_is_told(built):
    metadata = built.info.metadata
    assert metadata["windows"] | {"of_mask": 0} == {"kind": "object", "up": "z", "forward": "x", "of_mask": 0}
    assert 1.0 < metadata["windows"]["of_mask"] < 2.5
    sizes = metadata["model_sizes"]
    assert sizes["focal"] == pytest.approx(2 * sizes["mean_depth"] / 2.62, rel=1e-3)
    radii = [each["radius"] for each in metadata["objects"]]
    np.testing.assert_allclose(np.array(radii[1:]) / radii[:-1], 10, rtol=0.15)
    assert [each["photos"] for each in metadata["objects"]] == [6, 7, 8, 9]
    assert not any("face another way" in remark for remark in metadata["remarks"])  # for it was turned


def test_the_object_that_faces_another_way_is_named_with_the_turn_that_fits(source, tmp_path, capsys):
    named = data.build("captures/own", tmp_path, **options(source, num_examples=1)).info.metadata["remarks"]
    (remark,) = [each for each in named if "face another way" in each]
    assert remark.startswith(f"{TURNED}: alarm")
    turn = float(remark.partition("--turn ball_2=")[2].partition(",")[0])
    assert turn == pytest.approx(-90, abs=10)
    assert remark in capsys.readouterr().out


def test_changed_files_are_said_and_the_data_is_made_anew_unless_it_is_kept(source, tmp_path, capsys):
    folder = shutil.copytree(source, tmp_path / "objects")
    chosen = options(folder, num_examples=1)
    before = read("train", tmp_path / "data", **chosen)
    (folder / "ball_0" / "images" / "p03.png").unlink()
    shutil.copytree(folder / "ball_1", folder / "ball_4")
    assert len(read("train", tmp_path / "data", keep_data=True, **chosen)) == len(before) == 2
    said = capsys.readouterr().err
    assert "1 file removed: ball_0/images/p03.png" in said and "used as it was built" in said
    assert len(read("train", tmp_path / "data", **chosen)) == 3
    assert "built anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: None, None),
        (lambda folder: shutil.rmtree(folder / "ball_0"), "should hold 3 objects or more"),
        (lambda folder: [path.unlink() for path in (folder / "ball_1" / "masks").iterdir()], "a camera and a mask"),
        (
            lambda folder: [path.unlink() for path in sorted((folder / "ball_0" / "images").iterdir())[1:]],
            "2 or more photos",
        ),
        (lambda folder: (folder / "ball_0" / "transforms.json").write_text("{"), "transforms.json"),
    ],
)
def test_an_object_that_cannot_be_used_is_named(source, tmp_path, change, message):
    folder = tmp_path / "objects"
    for name in ("ball_0", "ball_1", "ball_3"):
        shutil.copytree(source / name, folder / name)
    change(folder)
    chosen = options(folder, num_examples=1)
    if message is None:
        assert len(read("train", tmp_path / "data", **chosen)) == 1
        return
    with pytest.raises(ValueError, match=message):
        data.build("captures/own", tmp_path / "data", **chosen)
    assert not list(tmp_path.rglob("*.tfrecord*"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"captures": "/nowhere"}, "`captures` should be a folder"),
        ({"turn": ("ball_9=90",)}, "`turn` should name objects"),
        ({"turn": ("ball_1=left",)}, "NAME=DEGREES"),
        ({"up": "z", "forward": "-z"}, "different axes"),
        ({"shift": -0.1}, "`shift`"),
        ({"num_views": 1}, "`num_views`"),
    ],
)
def test_bad_options_are_named(source, tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        data.build("captures/own", tmp_path / "data", **options(source, **wrong))


def test_objects_that_lie_on_their_sides_are_told_with_what_is_up(source, tmp_path):
    named = data.build("captures/own", tmp_path, **options(source, num_examples=1, up="y", forward="x"))
    told = [remark for remark in named.info.metadata["remarks"] if "is up, 90° from" in remark]
    assert len(told) == 4
    assert "1.00) of the camera file is up" in told[0]
