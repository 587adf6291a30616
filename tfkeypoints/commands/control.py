"""`tfkeypoints control evaluate` and `video`."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from tfkeypoints.commands.control_train import environments_of

if TYPE_CHECKING:
    from tfkeypoints.control.agent import Agent
    from tfkeypoints.training.run import Run


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Measure a policy: return and success rate over episodes that it never saw, with 95 % confidence intervals.

    Writes metrics.json in the run folder.

    Example:
      tfkeypoints control evaluate runs/reach --episodes 100
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    episodes: int = 50
    """Episodes to play, rounded up to a multiple of num_envs."""
    num_envs: int = 8
    """Environments that are stepped together."""
    stochastic: bool = False
    """Draw actions as in training, instead of taking the most probable ones."""

    def __call__(self) -> dict:
        """Evaluates, and returns what `metrics.json` holds."""
        from tfkeypoints import files
        from tfkeypoints.control import evaluation, methods

        run, agent = _open(self.run)
        envs = environments_of(run.config, self.num_envs, methods.KEYS[run.config["method"]])
        try:
            measured = evaluation.evaluate(agent, envs, self.episodes, not self.stochastic)
        finally:
            envs.close()
        report = {"env": run.config["env"], "method": run.config["method"], **measured}
        files.write_json(run.metrics_file, report)
        for name in ("success_rate", "mean_return"):
            if name in measured:
                interval = measured.get(f"{name}_interval")
                told = f"   95 %: {interval[0]:.4g} to {interval[1]:.4g}" if interval else ""
                print(f"{name.replace('_', ' '):14s}{measured[name]:10.4g}{told}")
        print(f"{measured['episodes']} episodes   numbers: {run.metrics_file}")
        return report


@dataclasses.dataclass(frozen=True, kw_only=True)
class Video:
    """Film a policy at work, seen by all cameras, with its keypoints where it has some.

    Writes pictures/policy.mp4 in the run folder (a GIF where there is no ffmpeg).

    Example:
      tfkeypoints control video runs/reach --episodes 5
    """

    run: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    episodes: int = 3
    """Episodes to film."""
    fps: float = 15.0
    """Frames a second of the video."""
    seed: int = 1_000_000
    """Seed of the episodes; by default those of `control evaluate`."""

    def __call__(self) -> Path:
        """Films, and returns the video's path."""
        from tfkeypoints.control import methods, video
        from tfkeypoints.visualization.files import write_animation

        run, agent = _open(self.run)
        keys = dict.fromkeys((*methods.KEYS[run.config["method"]], "image", "intrinsics", "extrinsics"))
        envs = environments_of(run.config, 1, keys)
        try:
            frames = video.record(agent, envs, self.episodes, self.seed)
        finally:
            envs.close()
        path = write_animation(run.pictures / "policy.mp4", frames, self.fps)
        print(f"video: {path}")
        return path


def _open(folder: Path) -> "tuple[Run, Agent]":
    """The run and its agent."""
    from tfkeypoints.training.run import Run

    run = Run.open(folder, command="control train")
    return run, run.load_model()
