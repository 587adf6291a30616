import csv

import numpy as np
import pytest
from PIL import Image

from tests.rounding import NETWORK
from tfkeypoints import cli, data
from tfkeypoints.inference import chunks, image_finder


@pytest.fixture
def images(tmp_path, data_name, data_dir):
    """An example of the test split as PNG, larger and wider as JPEG, and a PNG that was cut off."""
    folder = tmp_path / "images"
    folder.mkdir()
    example = next(data.load(data_name, "test", data_dir=data_dir).as_numpy_iterator())
    image = Image.fromarray(example["image"][0])
    image.save(folder / "chair.png")
    image.convert("RGB").resize((200, 100)).save(folder / "chair.jpg")
    (folder / "cut.png").write_bytes((folder / "chair.png").read_bytes()[:200])
    (folder / "notes.txt").write_text("not an image")
    return folder


def test_a_folder_gives_overlays_csv_and_npz_and_skips_what_is_broken(run, images, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["predict", str(run.folder), str(images), "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert "cut.png can't be read" in told
    assert "1 of them without transparent pixels, such as chair.jpg" in told
    assert {path.name for path in (out / "overlays").iterdir()} == {"chair.png.png", "chair.jpg.png"}
    with open(out / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["chair.jpg"] * 4 + ["chair.png"] * 4
    with np.load(out / "keypoints.npz") as arrays:
        assert arrays["uv"].shape == (2, 4, 2)
        np.testing.assert_allclose([float(row["depth"]) for row in rows], arrays["depth"].reshape(-1), rtol=1e-5)


def test_an_image_of_the_data_set_gives_what_the_model_gives(run, images, tmp_path, data_name, data_dir):
    out = tmp_path / "out"
    assert cli.main(["predict", str(run.folder), str(images / "chair.png"), "--out", str(out)]) == 0
    example = next(iter(data.batches(data.load(data_name, "test", data_dir=data_dir), 1, shuffle_buffer=0)))
    expected = run.load_model()(example)
    with np.load(out / "keypoints.npz") as found:
        np.testing.assert_allclose(found["uv"][0], expected["uv"][0, 0], **NETWORK)
        np.testing.assert_allclose(found["points_camera"][0], expected["points_camera"][0, 0], **NETWORK)
    assert (out / "overlays" / "chair.png").exists()


def test_a_field_of_view_and_the_same_camera_in_pixels_agree(run, images, tmp_path):
    # A vertical field of view of 90 degrees on 100 rows is a focal length of 50 pixels.
    cameras = {"fov": ["--fov", "90"], "pixels": ["--intrinsics", "50", "50", "99.5", "49.5"]}
    points = {}
    for name, camera in cameras.items():
        out = tmp_path / name
        assert cli.main(["predict", str(run.folder), str(images / "chair.jpg"), "--out", str(out), *camera]) == 0
        with np.load(out / "keypoints.npz") as found:
            points[name], pixels, depth = found["points_camera"][0], found["pixels"][0], found["depth"][0]
    np.testing.assert_allclose(points["fov"], points["pixels"], atol=1e-4)
    x_and_y = (pixels - [99.5, 49.5]) / 50 * depth[:, None]
    np.testing.assert_allclose(points["fov"][:, :2], x_and_y, atol=1e-3)


def test_grey_images_of_16_bits_are_read_by_the_range_that_they_use(run, tmp_path):
    grey = np.tile(np.linspace(0, 4095, 64).astype(np.uint16), (64, 1))
    (tmp_path / "images").mkdir()
    Image.fromarray(grey).save(tmp_path / "images" / "deep.png")
    Image.fromarray(np.round(grey / 4095 * 255).astype(np.uint8)).save(tmp_path / "images" / "shallow.png")
    assert cli.main(["predict", str(run.folder), str(tmp_path / "images"), "--out", str(tmp_path / "out")]) == 0
    with np.load(tmp_path / "out" / "keypoints.npz") as found:
        np.testing.assert_allclose(found["uv"][0], found["uv"][1], atol=0.02)  # values differ by 1 of 255 at most


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "`images` should be an image or a folder"),
        (["cut.png"], "should hold a PNG or JPEG that can be read"),
        (["chair.png", "--fov", "200"], "fov=200"),
        (["chair.png", "--bits", "20"], "bits=20"),
        (["chair.png", "--strict"], "`strict` is for runs of keypoint3d"),
        (["chair.png", "--offset", "left=1"], "`offset` is for runs of keypoint3d"),
        (["chair.png", "--intrinsics", "0", "50", "99.5", "49.5"], "`fx` must be positive and finite"),
        (["chair.png", "--intrinsics", "50", "50", "nan", "49.5"], "`cx` must be finite"),
        (["chair.png", "--fov", "20", "--intrinsics", "1", "1", "0", "0"], "give one of them"),
    ],
)
def test_bad_input_is_an_error_and_leaves_nothing(run, images, tmp_path, words, message, capsys):
    out = tmp_path / "out"
    assert cli.main(["predict", str(run.folder), str(images / words[0]), *words[1:], "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_a_killed_prediction_of_images_is_resumed_behind_its_last_chunk(run, tmp_path, rng, monkeypatch, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(5):
        Image.fromarray(rng.integers(0, 256, (20, 30, 4), np.uint8)).save(folder / f"{number}.png")
    words = ["predict", str(run.folder), str(folder), "--out"]
    monkeypatch.setattr(chunks, "SIZE", 2)
    assert cli.main([*words, str(tmp_path / "whole")]) == 0
    seen, detect = [], image_finder.detect

    def killed(*arguments):
        seen.append(1)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return detect(*arguments)

    monkeypatch.setattr(image_finder, "detect", killed)
    assert cli.main([*words, str(tmp_path / "killed")]) == 130
    assert "2 images are kept" in capsys.readouterr().err
    assert cli.main([*words, str(tmp_path / "killed")]) == 0
    assert "resumed after 2 of 5 images" in capsys.readouterr().err
    assert len(seen) == 4 + 3
    for name in ("keypoints.csv", *(f"overlays/{number}.png" for number in range(5))):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "killed" / "unfinished").exists()
