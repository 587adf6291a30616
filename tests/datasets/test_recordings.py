"""Tests of recordings through `data.load`: schema, splits, what is found, and what becomes of changed files."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.data.sessions import filmed
from tfkeypoints import data
from tfkeypoints.datasets.recordings.recordings_dataset_builder import RecordingsConfig

COUNT = 30


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A film of a ball that stays, its cameras beside it, and two frames of the empty scene."""
    folder = tmp_path_factory.mktemp("source")
    film = filmed.film(COUNT, 0)
    film.write(folder / "ball", folder / "cameras.json")
    film.write(folder / "empty", folder / "cameras.json", slice(2), ball=False)
    return folder


def options(source, **more):
    return {"recording": str(source / "ball"), "cameras": str(source / "cameras.json"), "image_size": 24, **more}


def read(split, data_dir, **chosen):
    return list(data.load("recordings/own", split, data_dir, **chosen).as_numpy_iterator())


@pytest.fixture(scope="module")
def splits(source, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("data")
    names = ("train", "validation", "test", "background")
    return {split: read(split, data_dir, **options(source, at_rest=str(source / "empty"))) for split in names}


def test_examples_follow_the_schema(splits):
    for split in ("train", "validation", "test"):
        for example in splits[split]:
            data.check_example(example)
            assert example["image"].shape == example["background"].shape == (3, 24, 24, 3)
            assert example["instance"] == b"ball"
            assert example["frame"].dtype == np.int32


def test_splits_are_parts_of_time_with_gaps(splits):
    frames = {split: [int(example["frame"]) for example in splits[split]] for split in ("train", "validation", "test")}
    assert all(rows == sorted(rows) for rows in frames.values())
    assert max(frames["train"]) + 1 < min(frames["validation"])
    assert max(frames["validation"]) + 1 < min(frames["test"]) <= COUNT - 1


def test_the_scene_at_rest_is_the_empty_one_through_the_same_windows(splits):
    (background,) = splits["background"]
    np.testing.assert_array_equal(background["image"], background["background"])
    for example in splits["train"]:
        np.testing.assert_array_equal(example["background"], background["image"])  # windows stand still
        np.testing.assert_array_equal(example["intrinsics"], background["intrinsics"])
        assert (np.abs(example["image"].astype(int) - background["image"]).max((1, 2, 3)) > 60).all()


def test_episodes_are_in_one_split_each_and_may_have_cameras_of_their_own(source, tmp_path):
    for number in range(3):
        folder = tmp_path / "sessions" / f"s{number}"
        shutil.copytree(source / "ball", folder)
        shutil.copy(source / "cameras.json", folder / "calibration.json")
    chosen = options(source, recording=str(tmp_path / "sessions"), cameras=None, num_frames=16)
    found = {
        split: {each["instance"] for each in read(split, tmp_path / "data", **chosen)}
        for split in ("train", "validation", "test")
    }
    assert [len(each) for each in found.values()] == [1, 1, 1]
    assert len(set.union(*found.values())) == 3
    assert len(read("train", tmp_path / "data", **chosen)) == 16
    assert len(read("test", tmp_path / "data", **chosen)) == 2


def test_options_as_json_gives_them_are_those_of_python(source):
    """As in `tfds build datasets/recordings --config '{…}'`."""
    chosen = options(source, pair=("left=a",), offset=("top=-3",), scene_centre=(0.0, 0.0, 1.0), at_rest=str(source))
    config = RecordingsConfig(name="mine", **json.loads(json.dumps(chosen)))
    assert config.options() == RecordingsConfig(name="other", **chosen).options()
    assert config.reading() == {"pairs": {"left": "a"}, "offsets": {"top": -3}, "bits": None}


def test_offsets_and_bits_are_those_of_the_recording(source, splits, tmp_path):
    for view, name in enumerate(filmed.NAMES):
        (tmp_path / "ball" / name).mkdir(parents=True)
        for number in range(COUNT):
            grey = np.asarray(Image.open(source / "ball" / name / f"{number:03d}.png").convert("L"))
            deep = Image.fromarray(np.round(grey * (1023 / 255)).astype(np.uint16))  # 10 of 16 bits
            deep.save(tmp_path / "ball" / name / f"{number + 100 * (view == 1):03d}.png")
    chosen = options(source, recording=str(tmp_path / "ball"), offset=("right=-100",), bits=10)
    for split in ("train", "test"):
        found = read(split, tmp_path / "data", **chosen)
        assert [int(example["frame"]) for example in found] == [int(example["frame"]) for example in splits[split]]
        for example, expected in zip(found, splits[split], strict=True):
            grey = expected["image"] @ np.array([0.299, 0.587, 0.114])
            assert (example["image"] == example["image"][..., :1]).all()
            # The window is found anew in gray images: what lies in the middle of the views is as bright.
            bright = example["image"].mean((1, 2, 3))
            np.testing.assert_allclose(bright, grey.mean((1, 2)), rtol=0.1)


def test_changed_files_are_said_and_the_data_is_made_anew_unless_it_is_kept(source, tmp_path, capsys):
    shutil.copytree(source / "ball", tmp_path / "ball")
    chosen = options(source, recording=str(tmp_path / "ball"))
    before = read("train", tmp_path / "data", **chosen)
    builder = data.build("recordings/own", tmp_path / "data", **chosen)
    assert "other files" not in capsys.readouterr().err
    assert len(builder.info.metadata["files"]) == 3 * COUNT + 1

    for name in filmed.NAMES:
        (tmp_path / "ball" / name / f"{COUNT - 1:03d}.png").unlink()
    shutil.copy(tmp_path / "ball" / "left" / "000.png", tmp_path / "ball" / "left" / "001.png")
    kept = data.load("recordings/own", "train", tmp_path / "data", keep_data=True, **chosen)
    assert len(kept) == len(before)
    said = capsys.readouterr().err
    assert "3 files removed: left/029.png" in said
    assert "1 file with other content: left/001.png" in said
    assert "used as it was built" in said
    by_name = data.load(f"recordings/{builder.info.config_name}", "test", tmp_path / "data")
    assert [int(example["frame"]) for example in by_name.as_numpy_iterator()] == [27, 28, 29]

    after = read("test", tmp_path / "data", **chosen)
    assert "built anew" in capsys.readouterr().err
    assert [int(example["frame"]) for example in after] == [26, 27, 28]
    read("test", tmp_path / "data", **chosen)
    assert "other files" not in capsys.readouterr().err


def test_a_data_set_outlasts_a_failure_to_make_it_anew(source, tmp_path):
    shutil.copytree(source / "ball", tmp_path / "ball")
    chosen = options(source, recording=str(tmp_path / "ball"))
    count = len(read("train", tmp_path / "data", **chosen))
    name = data.build("recordings/own", tmp_path / "data", **chosen).info.config_name
    for path in (tmp_path / "ball").rglob("*.png"):
        shutil.copy(source / "empty" / path.parent.name / "000.png", path)
    with pytest.raises(ValueError, match="something that moves"):
        data.build("recordings/own", tmp_path / "data", **chosen)
    assert len(data.load(f"recordings/{name}", "train", tmp_path / "data")) == count


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recording": "/nowhere"}, "`recording` should be a folder"),
        ({"cameras": None}, "`cameras` should be the file of the cameras"),
        ({"at_rest": "/nowhere"}, "`at_rest` should be"),
        ({"window": "round"}, "`window` must be one of"),
        ({"scene_centre": (1.0, 2.0)}, "`scene_centre` should be"),
        ({"pair": ("left",)}, "CAMERA=NAME"),
        ({"offset": ("left",)}, "CAMERA=FRAMES"),
        ({"offset": ("behind=2",)}, "`offset` should name cameras"),
        ({"bits": 4}, "`bits` should be from 9 to 16"),
    ],
)
def test_bad_options_are_named(source, tmp_path, wrong, message):
    with pytest.raises(ValueError, match=message):
        data.build("recordings/own", tmp_path / "data", **options(source, **wrong))
    assert not list(tmp_path.rglob("*.tfrecord*"))
