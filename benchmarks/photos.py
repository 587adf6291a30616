"""What `predict` makes of photos from outside, by a run that was trained on chairs: cutting out, and what is unlike.

    python benchmarks/photos.py runs/demo

Objects of the run's test split, and of other categories that are rendered anew, stand for photos: enlarged, put
somewhere before a background that is plain, lit unevenly, or textured, with a camera's noise, and stored as JPEG.
"""

import argparse
import io
import warnings

import numpy as np
from PIL import Image

from tfkeypoints.evaluation.collection import load_evenly
from tfkeypoints.inference import images as inference
from tfkeypoints.inference.cutout import cut_out
from tfkeypoints.inference.familiarity import familiarity_of
from tfkeypoints.rendering.examples import Job, shape_examples
from tfkeypoints.training.run import Run

WIDTH, HEIGHT = 400, 320


def drawn(category, count, side):
    """Views of objects of a category that no data set holds, uint8 `[count, side, side, 4]`."""
    jobs = (Job(f"outside_{number}", category, 1, 2024) for number in range(count))
    return np.stack([shape_examples(job, side)[0]["image"][0] for job in jobs])


def backgrounds(rng):
    """Backgrounds by name, `[HEIGHT, WIDTH, 3]`."""
    color = rng.uniform(90, 250, 3)
    y, x = np.mgrid[:HEIGHT, :WIDTH] / WIDTH
    light = 1 - 0.35 * ((x - rng.uniform()) ** 2 + (y - rng.uniform(0, 0.8)) ** 2)
    spots = Image.fromarray(np.uint8(np.clip(color + 60 * rng.normal(size=(40, 50, 3)), 0, 255)))
    return {
        "white": np.full((HEIGHT, WIDTH, 3), 245.0),
        "plain": np.broadcast_to(color, (HEIGHT, WIDTH, 3)),
        "lit": color * light[..., None],
        "textured": np.float64(spots.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)),
    }


def photo(object_, background, rng):
    """An object before a background, and the same cut out."""
    side = int(rng.integers(180, 300))
    corner = int(rng.integers(10, WIDTH - side - 10)), int(rng.integers(10, HEIGHT - side - 10))
    cut = Image.new("RGBA", (WIDTH, HEIGHT))
    cut.paste(Image.fromarray(object_).resize((side, side), Image.Resampling.LANCZOS), corner)
    values = np.float64(cut)
    alpha = values[..., 3:] / 255
    pixels = alpha * values[..., :3] + (1 - alpha) * background + rng.normal(size=(HEIGHT, WIDTH, 3)) * 3
    file = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(pixels, 0, 255))).save(file, "JPEG", quality=88)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB"), cut, side


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--count", type=int, default=100, help="images of each kind")
    options = parser.parse_args()
    run = Run.open(options.run)
    model, trained_on = run.load_model(), run.config["images"]
    shape, known = trained_on["shape"][1:], familiarity_of(run, model)

    def ask(image, window=None):
        found, pixels, spread = inference.ask(model, image, shape, trained_on["intrinsics"], None, window)
        return found.pixels, known.unfamiliarity(spread[None], pixels[None])[0]

    test = np.stack([each["image"][0].numpy() for each in load_evenly(run.config, "test", options.count)])
    rng = np.random.default_rng(0)
    kinds = {
        "test split": test,
        **{name: drawn(name, options.count, shape[0]) for name in ("chairs", "cars", "planes")},
    }
    kinds["test split, a quarter turned"] = np.rot90(test, 1, (1, 2))
    kinds["test split, opaque on white"] = np.stack([np.asarray(_on_white(each)) for each in test])
    kinds["noise"] = rng.integers(0, 256, test.shape, np.uint8) | np.uint8([0, 0, 0, 255])
    for name, pictures in kinds.items():
        unlike = [ask(Image.fromarray(each))[1] > 1 for each in pictures]
        print(f"{name:30s} unlike: {np.mean(unlike):6.1%} of {len(pictures)}", flush=True)
    rows = {}
    for object_ in test:
        for name, background in backgrounds(rng).items():
            image, truth, side = photo(object_, background, rng)
            row = rows.setdefault(name, {"cut": [], "overlap": [], "apart": [], "whole": [], "unlike": []})
            window = inference.window_about(truth, known.fill)
            expected, _ = ask(truth, window)
            row["whole"].append(_apart(ask(image)[0], expected, side))
            try:
                cut = cut_out(image)
            except ValueError:
                row["cut"].append(False)
                continue
            row["cut"].append(True)
            ours, theirs = (np.asarray(each)[..., 3] > 127 for each in (cut, truth))
            row["overlap"].append((ours & theirs).sum() / (ours | theirs).sum())
            pixels, unfamiliarity = ask(cut, inference.window_about(cut, known.fill))
            row["apart"].append(_apart(pixels, expected, side))
            row["unlike"].append(unfamiliarity > 1)
    for name, row in rows.items():
        with warnings.catch_warnings(action="ignore"):  # means of none
            overlap, apart, whole = (np.median(row[key]) for key in ("overlap", "apart", "whole"))
            unlike = np.mean(row["unlike"])
        print(
            f"{name:10s} cut out {np.mean(row['cut']):6.1%}, overlap {overlap:.3f}, keypoints off by {apart:.1%} of "
            f"the picture's side (taken whole {whole:.1%}), unlike {unlike:.1%}"
        )


def _on_white(pixels):
    image = Image.new("RGBA", pixels.shape[1::-1], "white")
    image.alpha_composite(Image.fromarray(pixels))
    return image


def _apart(pixels, expected, side):
    return float(np.median(np.linalg.norm(pixels - expected, axis=-1)) / side)


if __name__ == "__main__":
    main()
