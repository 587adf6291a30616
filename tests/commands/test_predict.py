import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

from tests.rounding import NETWORK
from tfkeypoints import cli, data
from tfkeypoints.inference import chunks, image_finder
from tfkeypoints.inference.familiarity import Familiarity


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
    printed = capsys.readouterr()
    assert "cut.png can't be read" in printed.err and "can't be told: it has none here" in printed.err
    assert "1 of them were cut out by their plain background, such as chair.jpg" in printed.out
    assert {path.name for path in (out / "overlays").iterdir()} == {"chair.png.png", "chair.jpg.png"}
    with open(out / "keypoints.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["chair.jpg"] * 4 + ["chair.png"] * 4
    with np.load(out / "keypoints.npz") as arrays:
        assert arrays["uv"].shape == (2, 4, 2)
        assert np.isnan(arrays["unfamiliarity"]).all()
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


def test_a_photo_gives_what_the_object_in_it_gives_and_strange_ones_are_told(
    run, images, tmp_path, capsys, monkeypatch
):
    """The object stands small in a corner of a white photo; the points are those of the object cut out and centred."""
    familiar = Familiarity(np.zeros(7), np.ones(7), np.eye(7), 1e9, 0.5)
    monkeypatch.setattr(image_finder, "familiarity_of", lambda *_: familiar)
    pixels = np.zeros((60, 40, 4), np.uint8)
    pixels[10:50, 10:30] = (160, 40, 60, 255)  # 20 × 40
    pixels[20:30, 10:20] = (40, 90, 200, 255)
    alone, photo = Image.new("RGBA", (80, 80)), Image.new("RGB", (300, 200), "white")
    alone.paste(Image.fromarray(pixels), (20, 10))
    photo.paste(Image.fromarray(pixels), (230, 120), Image.fromarray(pixels))
    noise = np.random.default_rng(0).integers(0, 256, (100, 120, 3), np.uint8)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, image in (("a", alone), ("b", photo), ("c", Image.fromarray(noise))):
        image.save(folder / f"{name}.png")
    assert cli.main(["predict", str(run.folder), str(folder), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    assert "1 of them were cut out by their plain background, such as b.png" in printed.out
    assert "c.png is not cut out: the background is not plain" in printed.err
    assert "1 of them were taken whole, such as c.png" in printed.err and "unlike" not in printed.err
    with np.load(tmp_path / "out" / "keypoints.npz") as found:
        # The cut's edge is soft over a pixel; the window is the same, 80 pixels, moved by (210, 110).
        np.testing.assert_allclose(found["pixels"][1] - [210, 110], found["pixels"][0], atol=1.0)
        np.testing.assert_allclose(found["points_camera"][1], found["points_camera"][0], atol=0.1)
        np.testing.assert_allclose(found["uv"][1], (found["pixels"][1] + 0.5) / [150, 100] - 1, atol=1e-6)
    monkeypatch.setattr(image_finder, "familiarity_of", lambda *_: dataclasses.replace(familiar, limit=1e-9))
    assert cli.main(["predict", str(run.folder), str(folder / "a.png"), "--out", str(tmp_path / "out")]) == 0
    assert "a.png is unlike what the model knows" in capsys.readouterr().err


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
    seen, ask = [], image_finder.ask

    def killed(*arguments):
        seen.append(1)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return ask(*arguments)

    monkeypatch.setattr(image_finder, "ask", killed)
    assert cli.main([*words, str(tmp_path / "killed")]) == 130
    assert "2 images are kept" in capsys.readouterr().err
    assert cli.main([*words, str(tmp_path / "killed")]) == 0
    assert "resumed after 2 of 5 images" in capsys.readouterr().err
    assert len(seen) == 4 + 3
    for name in ("keypoints.csv", *(f"overlays/{number}.png" for number in range(5))):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "killed" / "unfinished").exists()
