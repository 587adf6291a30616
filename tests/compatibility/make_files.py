"""Makes the files in version_0_1_0, with version 0.1.0 of the library, whose modules it uses. README.md says how."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import keras
import numpy as np

import tfkeypoints
import tfkeypoints.control.methods
from tests.compatibility.commands import COMMANDS
from tests.compatibility.images import thinned, write_photos, write_recording
from tfkeypoints import cli, data
from tfkeypoints.checkpoint import Checkpoint
from tfkeypoints.commands.control_train import environments_of
from tfkeypoints.models import Keypoint3D, OrientationNet

CHAIRS = {
    "image_size": 32, "train_instances": 4, "validation_instances": 2, "test_instances": 2, "train_examples": 2,
    "evaluation_examples": 1,
}  # fmt: skip
ARM = {
    "image_size": 32, "num_views": 2, "num_frames": 3, "train_episodes": 3, "validation_episodes": 1,
    "test_episodes": 2,
}  # fmt: skip
UNFINISHED = ("keypointnet", "keypoint3d", "policy_of_keypoints")
"""Runs that are killed after their first checkpoint."""
PREDICTED = {"keypointnet_dilated": write_photos, "keypoint3d": write_recording}
MEASURED = ("keypointnet_dilated", "keypoint3d", "policy_of_states")
EXPORTED = ("keypointnet", "keypoint3d")
KILLED = "--kill-after-the-first-checkpoint"


def main(folder: Path) -> None:
    """Makes everything in a new folder."""
    assert tfkeypoints.__version__ == "0.1.0", tfkeypoints.__version__
    folder.mkdir(parents=True)
    os.environ["PYTHONPATH"] = os.getcwd()
    os.chdir(folder)
    data.build("rendered_objects/chairs_64", "data", config_name="chairs_32", **CHAIRS)
    data.build("moving_shapes/arm_64", "data", config_name="arm_32", **ARM)
    for name in ("expected", "models", "exports"):
        Path(name).mkdir()
    for name in COMMANDS:
        make_run(name)
    make_models()
    for left_over in ("work", "data/downloads", *Path("data").glob("*/.config")):
        shutil.rmtree(left_over)
    for path in Path().rglob("*"):
        if path.suffix in (".keras", ".npz"):
            compress(path)


def make_run(name: str) -> None:
    """A run, and what its model, its commands and the rest of its training give."""
    run, work = Path("runs") / name, Path("work") / name
    if name in UNFINISHED:
        killed = subprocess.run([sys.executable, __file__, KILLED, *command(name, run)])
        assert killed.returncode == -signal.SIGKILL, killed.returncode
        shutil.copytree(run, work)
        tfkeypoints_(*command(name, work))
        shutil.copy(work / "history.csv", f"expected/{name}_history.csv")
        if not is_policy(name):  # environments start anew
            whole = work.with_name(f"{name}_whole")
            tfkeypoints_(*command(name, whole))
            np.testing.assert_array_equal(history(work), history(whole))
    else:
        tfkeypoints_(*command(name, run))
        shutil.rmtree(run / "checkpoints")
    inputs = observations(run) if is_policy(name) else examples(name)
    keep(name, keras.models.load_model(run / "model.keras", compile=False), inputs)
    if name in MEASURED:
        words = ("control", "evaluate", "--episodes", "4", "--num-envs", "2") if is_policy(name) else ("evaluate",)
        tfkeypoints_(*words, str(run))
        shutil.move(run / "metrics.json", f"expected/{name}_metrics.json")
    if name in EXPORTED:
        tfkeypoints_("export", str(run), "--out", f"work/exports/{name}/1")
        with tarfile.open(f"exports/{name}.tar.xz", "w:xz") as archive:
            archive.add(f"work/exports/{name}/1", name, filter=without_owner)
    for left_over in ("logs", "pictures"):
        shutil.rmtree(run / left_over, ignore_errors=True)
    config = json.loads((run / "config.json").read_text())
    if "data_dir" in config:
        config["data_dir"] = "data"
    (run / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def is_policy(name: str) -> bool:
    return name.startswith("policy")


def history(run: Path) -> np.ndarray:
    return np.genfromtxt(run / "history.csv", delimiter=",", skip_header=1)


def command(name: str, run: Path) -> list[str]:
    where = [] if is_policy(name) else ["--data-dir", "data"]
    return [*COMMANDS[name], *where, "--run", str(run)]


def tfkeypoints_(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "tfkeypoints.cli", *words], check=True)


def killed_after_the_first_checkpoint(words: list[str]) -> None:
    save = Checkpoint.save

    def last_save(*arguments, **options):
        save(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    Checkpoint.save = last_save
    cli.main(words)


def make_models() -> None:
    """Models that belong to no run."""
    chairs, frames = examples("keypointnet"), examples("keypoint3d")
    keras.utils.set_random_seed(1)
    make_model("orientation", OrientationNet(filters=4, dilations=(1, 2, 4, 1), first_stride=2), chairs)
    separate = Keypoint3D(
        num_keypoints=3, num_views=2, view_encoding="separate", image_size=(24, 16), filters=4, levels=2,
        dilations=(1, 2), mean_depth=1.65, world_scale=0.3, gaussian_width=1.2, fusion="mean", background="features",
        moving_weight=2.0, coverage=0.05, seed=3,
    )  # fmt: skip
    separate(frames)
    separate.set_background(frames["image"][0])
    make_model("keypoint3d_separate", separate, frames)


def make_model(name: str, model: keras.Model, inputs: dict[str, np.ndarray]) -> None:
    """A few steps, and the file without the optimizer's state."""
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(inputs, batch_size=2, epochs=4, shuffle=False, verbose=0)
    model.save(f"work/{name}.keras")
    model = keras.models.load_model(f"work/{name}.keras", compile=False)
    model.save(f"models/{name}.keras")
    keep(name, model, inputs)


def examples(name: str) -> dict[str, np.ndarray]:
    """The first examples of the test split."""
    name = "moving_shapes/arm_32" if name == "keypoint3d" else "rendered_objects/chairs_32"
    batch = next(iter(data.batches(data.load(name, "test", data_dir="data"), 2, shuffle_buffer=0)))
    return {key: value.numpy() for key, value in batch.items()}


def observations(run: Path) -> dict[str, np.ndarray]:
    """What the policy of a run sees after some steps."""
    config = json.loads((run / "config.json").read_text())
    envs = environments_of(config, 2, tuple(config["observation"]))
    envs.reset(seed=3)
    envs.action_space.seed(3)
    for _ in range(3):
        seen, *_ = envs.step(envs.action_space.sample())
    envs.close()
    return {key: np.array(value) for key, value in seen.items()}


def keep(name: str, model: keras.Model, inputs: dict[str, np.ndarray]) -> None:
    """Writes inputs, the model's outputs, and what `predict` finds in the inputs."""
    if is_policy(name):
        answer = model.act(inputs, deterministic=True)
        outputs = {key: answer[key] for key in ("environment_action", "log_probability", "value")}
    elif name == "keypointnet_dilated":  # in bfloat16, where processors differ; `predict` computes in float32
        outputs = {}
    else:
        outputs = {key: thinned(np.asarray(value)) for key, value in model(inputs, training=False).items()}
    np.savez_compressed(
        f"expected/{name}.npz",
        **{f"input/{key}": value for key, value in inputs.items()},
        **{f"output/{key}": value for key, value in outputs.items()},
        **{f"predicted/{key}": value for key, value in predicted(name, inputs).items()},
    )


def predicted(name: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that `predict` writes."""
    if name not in PREDICTED:
        return {}
    words = PREDICTED[name](Path("work/images") / name, inputs)
    out = Path("work/predictions") / name
    tfkeypoints_("predict", f"runs/{name}", *words, "--out", str(out))
    keys = {"keypoints", "points_world", "points_camera", "uv", "depth", "pixels", "confidence", "attention"}
    with np.load(out / "keypoints.npz") as found:
        return {key: found[key] for key in sorted(keys.intersection(found.files))}


def without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def compress(path: Path) -> None:
    """Packs a ZIP anew, which Keras and NumPy leave uncompressed; what is in it stays as it is."""
    with zipfile.ZipFile(path) as old:
        content = {entry: old.read(entry) for entry in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for entry, read in content.items():
            new.writestr(zipfile.ZipInfo(entry), read, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    if sys.argv[1] == KILLED:
        killed_after_the_first_checkpoint(sys.argv[2:])
    else:
        main(Path(sys.argv[1]))
