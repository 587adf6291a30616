"""Tests of rendered_objects through `data.load`: what is in it, that it is reproducible, what bad input does."""

import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tfkeypoints import data

FEW = {
    "train_instances": 3,
    "validation_instances": 2,
    "test_instances": 2,
    "train_examples": 2,
    "evaluation_examples": 1,
    "roll_degrees": 20.0,
}
TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 0 1\nv 0 {height} 0\nf 1 2 3\nf 1 4 2\nf 2 4 3\nf 3 4 1\n"
CATEGORIES = ("chairs", "cars", "planes")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def read(name, split, data_dir, **options):
    return list(data.load(f"rendered_objects/{name}", split, data_dir, **options).as_numpy_iterator())


def few(category, split, data_dir):
    return read(f"{category}_64", split, data_dir, **FEW, config_name=f"few_{category}")


def project(points, intrinsics, extrinsics):
    camera_points = points @ extrinsics[:3, :3].T + extrinsics[:3, 3]
    image_points = camera_points @ intrinsics.T
    return image_points[:, :2] / image_points[:, 2:]


@pytest.mark.parametrize("category", CATEGORIES)
def test_landmarks_fall_on_the_object_within_one_pixel(data_dir, category):
    for example in few(category, "train", data_dir):
        for image, intrinsics, extrinsics in zip(
            example["image"], example["intrinsics"], example["extrinsics"], strict=True
        ):
            rows, columns = np.nonzero(image[..., 3])
            pixels = (project(example["landmarks"], intrinsics, extrinsics) + 1) * 32 - 0.5  # centre of the first: 0, 0
            gaps = np.abs(pixels[:, None] - np.stack([columns, rows], axis=-1)).max(axis=-1).min(axis=1)
            assert gaps.max() <= 1.0


@pytest.mark.parametrize("category", CATEGORIES)
def test_examples_follow_the_schema_and_splits_share_no_object(data_dir, category):
    splits = {split: few(category, split, data_dir) for split in ("train", "validation", "test")}
    assert [len(examples) for examples in splits.values()] == [6, 2, 2]
    objects = {split: {tuple(e["landmarks"].ravel()) for e in examples} for split, examples in splits.items()}
    assert len(set.union(*objects.values())) == 7
    for example in splits["train"]:
        data.check_example(example)
        assert example["image"].shape == (2, 64, 64, 4)
        distances = np.linalg.norm(example["extrinsics"][:, :3, 3], axis=-1)
        np.testing.assert_allclose(distances, 30, atol=0.2)
    info = data.dataset_info(f"rendered_objects/few_{category}", data_dir)
    assert len(info.metadata["landmark_names"]) == len(splits["train"][0]["landmarks"]) >= 10
    assert info.metadata["category"] == category


def test_same_seed_gives_the_same_data_whatever_the_number_of_processes(data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("tfkeypoints.processes.usable_cores", lambda: 1)
    again = read("chairs_64", "train", tmp_path, **FEW, config_name="few_chairs")
    for first, second in zip(few("chairs", "train", data_dir), again, strict=True):
        for key, value in first.items():
            np.testing.assert_array_equal(value, second[key])


def test_another_seed_gives_other_objects(data_dir):
    first = few("chairs", "train", data_dir)[0]
    other = read("chairs_64", "train", data_dir, **FEW, seed=1)[0]
    assert not np.allclose(first["landmarks"], other["landmarks"])


def test_larger_images_show_the_same_objects_through_the_same_cameras(data_dir):
    large = {
        example["instance"]: example for example in read("chairs_64", "validation", data_dir, **FEW, image_size=96)
    }
    for example in few("chairs", "validation", data_dir):
        assert large[example["instance"]]["image"].shape == (2, 96, 96, 4)
        for key in ("landmarks", "extrinsics", "intrinsics"):
            np.testing.assert_array_equal(example[key], large[example["instance"]][key])


def test_truncated_record_file_is_named_with_the_way_out(data_dir, tmp_path):
    few("chairs", "test", data_dir)
    shutil.copytree(data_dir / "rendered_objects" / "few_chairs", tmp_path / "rendered_objects" / "few_chairs")
    path = next(tmp_path.rglob("*-test.tfrecord-*"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"{path.name} is truncated.*Delete the folder .*few_chairs"):
        data.load("rendered_objects/few_chairs", "test", tmp_path)
    assert len(read("few_chairs", "train", tmp_path)) == 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five meshes and two files that are none."""
    folder = tmp_path_factory.mktemp("meshes")
    for number in range(5):
        (folder / f"model{number}").mkdir()
        (folder / f"model{number}" / "model.obj").write_text(TETRAHEDRON.format(height=1 + number))
    (folder / "broken.obj").write_text("garbage")
    (folder / "noise.stl").write_bytes(bytes(range(200)))
    return folder


OWN = {"train_examples": 1, "evaluation_examples": 1, "config_name": "own"}


def test_own_meshes_are_split_by_model_and_unreadable_ones_are_skipped(folder, data_dir):
    splits = [
        {example["instance"].decode() for example in read("meshes", split, data_dir, manual_dir=folder, **OWN)}
        for split in ("train", "validation", "test")
    ]
    assert [len(instances) for instances in splits] == [3, 1, 1]
    assert set.union(*splits) == {f"model{number}" for number in range(5)}
    skipped = data.dataset_info("rendered_objects/own", data_dir).metadata["skipped"]
    assert len(skipped) == 2
    assert {name for name in ("broken.obj", "noise.stl") for reason in skipped if name in reason} == {
        "broken.obj",
        "noise.stl",
    }


def test_colors_that_are_lost_are_said_once_with_the_file(folder, tmp_path, caplog):
    shutil.copytree(folder, tmp_path / "meshes")
    path = tmp_path / "meshes" / "model1" / "model.obj"
    path.write_text("mtllib gone.mtl\n" + path.read_text())
    info = data.build("rendered_objects/meshes", tmp_path / "data", tmp_path / "meshes", **OWN).info
    assert info.metadata["lost"] == ["model1/model.obj: gone.mtl, which it names, is not there"]
    told = (record.getMessage() for record in caplog.records)
    said = [message for message in told if message.startswith("Not all colors")]
    assert len(said) == 1
    assert said[0].count("model1/model.obj") == 1


def test_name_stands_for_one_folder_and_one_set_of_options(folder, data_dir, tmp_path):
    data.build("rendered_objects/meshes", data_dir, folder, **OWN)
    with pytest.raises(ValueError, match="was built with other manual_dir"):
        data.load("rendered_objects/meshes", "train", data_dir, manual_dir=tmp_path, **OWN)
    with pytest.raises(ValueError, match="was built with other options"):
        data.load("rendered_objects/meshes", "train", data_dir, manual_dir=folder, **OWN, image_size=32)


def test_meshes_that_were_added_or_changed_since_are_said_and_taken(folder, tmp_path, capsys):
    meshes = tmp_path / "meshes"
    shutil.copytree(folder, meshes)
    asked = {"data_dir": tmp_path / "data", "manual_dir": meshes, **OWN}
    before = len(data.load("rendered_objects/meshes", "train", **asked))
    shutil.copy(meshes / "model0" / "model.obj", meshes / "another.obj")
    capsys.readouterr()
    kept = data.load("rendered_objects/own", "train", tmp_path / "data")
    assert "1 file added: another.obj. So it is used as it was built" in capsys.readouterr().err
    assert len(kept) == before
    assert len(data.load("rendered_objects/meshes", "train", **asked, keep_data=True)) == before
    assert len(data.load("rendered_objects/meshes", "train", **asked)) == before + OWN["train_examples"]
    assert "1 file added: another.obj. So it is built anew" in capsys.readouterr().err
    (meshes / "another.obj").unlink()
    (meshes / "wood.png").write_bytes(b"")
    data.build("rendered_objects/meshes", **asked)
    assert "1 file added: wood.png; 1 file removed: another.obj" in capsys.readouterr().err


def test_folder_without_readable_meshes_is_an_error_and_leaves_nothing(tmp_path):
    folder = tmp_path / "meshes"
    folder.mkdir()
    (folder / "broken.obj").write_text("garbage")
    with pytest.raises(ValueError, match=r"at least 3 readable meshes.*0 readable of 1"):
        data.load("rendered_objects/meshes", "train", tmp_path, manual_dir=folder)
    assert not list(tmp_path.rglob("*incomplete*"))
    with pytest.raises(ValueError, match="`manual_dir` must be a folder"):
        data.load("rendered_objects/meshes", "train", tmp_path, manual_dir=tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("rendered_objects/tables_64", {}, "no such data set, only .*chairs_64"),
        ("no_such_objects/any", {}, "no such data set.*no_such_objects/any"),
        ("common/any", {}, "no such data set.*common/any"),
        ("rendered_objects/chairs_64", {"color": 1}, r"Options of chairs_64 .*Received: \['color'\]"),
        ("rendered_objects/chairs_64", {"image_size": 0}, "image_size=0"),
        ("rendered_objects/chairs_64", {"seed": -1}, "seed=-1"),
        ("rendered_objects/chairs_64", {"category": "tables"}, "category='tables'"),
        ("rendered_objects/chairs_64", {"up": "w"}, "up='w'"),
        ("rendered_objects/chairs_64", {"build": False}, "build=True"),
    ],
)
def test_error_says_what_was_wrong_with_the_request(tmp_path, name, options, message):
    with pytest.raises(ValueError, match=message):
        data.load(name, "train", tmp_path, **options)
    assert not list(tmp_path.rglob("*.tfrecord*"))


SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in a shell's background is born deaf to it
from tfkeypoints import data  # no guard of __main__: workers must not run this again
print("started", flush=True)
data.load("rendered_objects/chairs_64", data_dir=sys.argv[1])
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_build_leaves_nothing_half_made(tmp_path, how):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    target = tmp_path / "data"
    process = subprocess.Popen(
        [sys.executable, script, target], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert wait_for(lambda: list(target.rglob("*incomplete*")), seconds=180)
    process.send_signal(how)
    output, _ = process.communicate(timeout=180)
    assert output.count("started") == 1
    assert process.returncode == {signal.SIGINT: -signal.SIGINT, signal.SIGTERM: 128 + signal.SIGTERM}[how]
    assert not (target / "rendered_objects" / "chairs_64").exists()


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()
