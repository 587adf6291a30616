"""Tests of keypointnet_original through `data.load` and the command line, on files of the authors' form."""

import numpy as np
import pytest

from tests.datasets.original_records import POINTS, pair, projection, write_folder, write_records
from tfkeypoints import cli, data
from tfkeypoints.geometry import camera

SIZE = 48


@pytest.fixture
def folder(tmp_path):
    """Five files; 0003 is for validation, 0001 for test, and 0004 is listed nowhere."""
    folder = write_folder(tmp_path / "cars_with_keypoints")
    (folder / "dev.txt").write_text("0003\n")
    (folder / "test.txt").write_text("0001\n0009\n")
    (folder / "train.txt").write_text("0000\n0002\n")
    return folder


def read(folder, split="train", **options):
    place = folder.parent / "data"
    found = data.load("keypointnet_original/cars", split, place, manual_dir=folder, image_size=SIZE, **options)
    return list(found.as_numpy_iterator())


@pytest.mark.parametrize("transposed", [False, True])
def test_points_are_drawn_where_the_cameras_project_them(tmp_path, transposed):
    clip = projection(focal=20.0, centre=(0.1, -0.15))
    folder = write_folder(tmp_path / "cars", clip=clip)
    if transposed:
        np.savetxt(folder / "projection.txt", clip.T)
    cells = np.arange(SIZE)
    for example in read(folder):
        data.check_example(example)
        uv, depth = camera.project(POINTS[None], example["intrinsics"], example["extrinsics"])
        pixels = ((uv.numpy() + 1) * SIZE - 1) / 2
        color = example["image"][..., :3].astype(float)
        weights = color / color.sum((1, 2), keepdims=True)
        drawn = np.stack([(weights * cells[:, None]).sum((1, 2)), (weights * cells[:, None, None]).sum((1, 2))], -1)
        # Colors are rounded to 1/255 of the peak: the centres of mass move by some hundredths of a pixel.
        np.testing.assert_allclose(pixels, drawn, atol=0.1)
        assert 28 < depth.numpy().min() < depth.numpy().max() < 32


def test_its_lists_make_the_splits(folder):
    splits = {
        split: [e["instance"].decode()[:4] for e in read(folder, split)] for split in ("train", "validation", "test")
    }
    assert {split: sorted(names) for split, names in splits.items()} == {
        "train": ["0000", "0000", "0002", "0002"],
        "validation": ["0003", "0003"],
        "test": ["0001", "0001"],
    }


def test_what_the_other_lists_leave_is_trained_on_without_a_list(folder):
    (folder / "train.txt").unlink()
    assert {e["instance"].decode()[:4] for e in read(folder)} == {"0000", "0002", "0004"}


def test_without_lists_files_are_dealt_by_chance(tmp_path):
    folder = write_folder(tmp_path / "cars")
    splits = [{e["instance"].decode()[:4] for e in read(folder, split)} for split in ("train", "validation", "test")]
    assert [len(names) for names in splits] == [3, 1, 1]
    assert len(set.union(*splits)) == 5


def test_every_other_pair_is_read_on_demand(tmp_path):
    folder = write_folder(tmp_path / "cars", pairs=3)
    names = [example["instance"].decode() for example in read(folder, every=2)]
    assert sorted({name[4:] for name in names}) == ["/000000", "/000002"]


def test_images_without_alpha_are_all_object_and_an_empty_view_leaves_its_pair_out(folder):
    rng = np.random.default_rng(1)
    opaque = rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    records = [
        pair(rng, projection(), SIZE, **changes) for changes in ({"img0": opaque}, {"img1": 0 * opaque[..., [0] * 4]})
    ]
    write_records(folder / "0003.tfrecord", records)
    (example,) = read(folder, "validation")
    np.testing.assert_array_equal(example["image"][0], np.concatenate([opaque, np.full((SIZE, SIZE, 1), 255)], -1))


def test_it_is_built_anew_of_files_that_changed(folder, capsys):
    assert len(read(folder, "test")) == 2
    write_records(folder / "0001.tfrecord", [pair(np.random.default_rng(1), projection(), SIZE)])
    assert len(read(folder, "test")) == 1
    assert "1 file with other content: 0001.tfrecord. So it is built anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mv0": None}, r"Record 1 of .*0003\.tfrecord: .*mv0"),
        ({"mv1": np.eye(4)[:3]}, r"Record 1 of .*0003\.tfrecord: .*mv1"),
        ({"mv1": np.diag([1.0, 1, -1, 1])}, r"Record 1 .*`view` must belong to a camera.*reflection"),
        ({"mv0": np.float64([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, -30, 1]])}, "seems to be transposed"),
        ({"img0": np.zeros((32, 48, 4), np.uint8)}, r"`image_size` must be .*Received: 48, for \(32, 48\)"),
    ],
)
def test_a_record_that_is_no_pair_of_views_is_named(folder, changes, message):
    rng = np.random.default_rng(1)
    records = [pair(rng, projection(), SIZE), pair(rng, projection(), SIZE, **changes)]
    write_records(folder / "0003.tfrecord", records)
    with pytest.raises(ValueError, match=message):
        read(folder)
    assert not list((folder.parent / "data").rglob("*.tfrecord*"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("projection.txt", None, "must hold projection.txt"),
        ("projection.txt", "1 2\n3 4\n", r"four lines of four numbers in .*Received: \(2, 2\)"),
        (
            "projection.txt",
            "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n",
            r"projection\.txt: `projection` must be a perspective",
        ),
        ("test.txt", "0003\n", r"one list. Received: 0003 in dev\.txt and test\.txt"),
        ("test.txt", "0009\n", r"a \.tfrecord that test\.txt lists.*\['0009'\]"),
        ("0003.tfrecord", "no record", r"whole files\. .*0003\.tfrecord ends within a record, after 0 bytes"),
        ("0003.tfrecord", 20 * "no record", r"whole files\. .*0003\.tfrecord: corrupted record"),
        ("0003.tfrecord", "", r"pairs to put into validation\. .*0003\.tfrecord"),
        (None, None, "one for each split at least. Received: .* with 0"),
    ],
)
def test_a_folder_that_does_not_fit_is_told_what_it_lacks(folder, name, content, message):
    for path in [folder / name] if name else folder.glob("*.tfrecord"):
        path.unlink()
    if content is not None:
        (folder / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        read(folder)


def test_it_is_built_and_described_on_the_command_line(folder, capsys):
    words = ["--data-dir", str(folder.parent / "data"), "--image-size", str(SIZE), "--every", "2"]
    command = ["data", "build", "keypointnet_original/cars", *words]
    assert cli.main(command) == 2
    assert "`manual_dir` must be the folder" in capsys.readouterr().err
    assert cli.main([*command, "--manual-dir", str(folder)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "train 2, validation 1, test 1" in text
    assert "tfkeypoints train keypointnet --data keypointnet_original/cars_every_2_image_size_48" in text
