"""`tfkeypoints control train`."""

import dataclasses
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import tyro

from tfkeypoints.arguments import check_positive
from tfkeypoints.control.recipe import PolicyRecipe
from tfkeypoints.control.settings import PPOSettings

if TYPE_CHECKING:
    import gymnasium

    from tfkeypoints.control.agent import Agent
    from tfkeypoints.control.detector import DetectorTrainer
    from tfkeypoints.training.run import Run


LEAST = {
    **dict.fromkeys(("steps", "num_envs", "horizon", "image_size", "frame_stack", "epochs", "batch_size"), 1),
    **dict.fromkeys(("num_keypoints", "detector_batch_size", "buffer_size", "save_every"), 1),
    **dict.fromkeys(("detector_steps", "detector_start"), 0),
}
"""Option to the least that it can be."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Train:
    """Train a policy by PPO: from keypoints that are learnt meanwhile, from pixels, or from the true state.

    The run folder holds config.json, history.csv, model.keras (the policy), checkpoints and TensorBoard logs;
    docs/control.md explains what is logged. The same command resumes a training that was stopped.

    An environment of your own is named MODULE:NAME: MODULE is imported, from the current folder too, and registers NAME
    with Gymnasium. What docs/control.md asks of it is checked first; an image size that is given is passed on to it.

    Example:
      tfkeypoints control train --env point_reach --method keypoint3d --run runs/reach
      tfkeypoints control train --env CartPole-v1 --method state --run runs/cartpole --steps 50000
      tfkeypoints control train --env my_package:MyEnv-v0 --method keypoint3d --run runs/mine
    """

    env: str
    """point_reach, a robot scene (hammer, ant, …), a name that Gymnasium knows, or MODULE:NAME, see above."""
    method: Literal["state", "pixel", "rad", "keypoint3d"]
    """What the policy sees: the true state, images, images cropped at random, or learnt keypoints."""
    run: Path
    """Run folder. A training that was stopped is resumed."""
    steps: int = 200_000
    """Steps of all environments together."""
    num_envs: int = 8
    """Environments that are stepped together."""
    horizon: int = 128
    """Steps in each environment that an update learns from."""
    image_size: int | None = None
    """Height and width of the images in pixels; by default 64, or what an environment of your own draws."""
    drawing: Literal["fast", "opengl"] | None = None
    """How Meta-World's scenes are drawn: fast, where MuJoCo draws what stands still once and NumPy lays over it what
    moves, or all by MuJoCo's OpenGL. By default fast; a run that is resumed keeps what it has."""
    frame_stack: int = 1
    """Frames that the policy sees at once."""
    crop_size: int | None = None
    """Side of the window that rad and keypoint3d see, at random in training; by default 7/8 of the image, and all."""
    learning_rate: float = 3e-4
    """Of the policy at the start; it falls to 0."""
    initial_std: float = 1.0
    """Standard deviation of actions at the start, where they lie in a box; its bounds count as -1 and 1."""
    ppo: Annotated[PPOSettings, tyro.conf.arg(name="")] = dataclasses.field(default_factory=PPOSettings)
    """What an update does."""
    num_keypoints: int = 8
    """Keypoints to find."""
    joint: bool = False
    """Whether the policy's objective teaches the detector too."""
    detector_learning_rate: float = 4e-3
    """Of the detector at its start; it falls to a tenth before the policy learns, and with the policy's to 0."""
    detector_batch_size: int = 32
    """Observations in each of the detector's steps."""
    detector_steps: int = 8
    """The detector's own steps after each rollout."""
    detector_start: int = 500
    """The detector's steps before the policy learns."""
    buffer_size: int = 4096
    """Observations that the detector learns from; 64-pixel images of three cameras take 37 kB each."""
    save_every: int = 10
    """Updates between checkpoints."""
    seed: int = 0
    """Seed of weights, actions and environments."""

    def __call__(self) -> "Run":
        """Trains, and returns the run."""
        import keras

        from tfkeypoints.control import environments, methods
        from tfkeypoints.control.normalizers import RewardScaler
        from tfkeypoints.control.training import PolicyTraining
        from tfkeypoints.training.run import Run

        self._check()
        Run(self.run).check(self._config(), PolicyRecipe.upgrade)
        keras.utils.set_random_seed(self.seed)
        envs = environments_of(self._config(), self.num_envs, methods.KEYS[self.method])
        try:
            for notice in envs.notices:
                print(f"note: {self.env}: {notice}")
            agent = methods.build_agent(
                self.method,
                envs,
                seed=self.seed,
                crop_size=self.crop_size,
                initial_std=self.initial_std,
                joint=self.joint,
                detector_learning_rate=self.detector_learning_rate,
                num_keypoints=self.num_keypoints,
            )
            observation = environments.described(envs.single_observation_space)
            run = Run.start(self.run, {**self._config(), "observation": observation}, PolicyRecipe.upgrade)
            print(f"{self.method} in {self.env}: {self.steps} steps in {self.run}")
            PolicyTraining(
                run,
                agent,
                envs,
                self.ppo,
                keras.optimizers.Adam(self.learning_rate, epsilon=1e-5),
                RewardScaler(self.num_envs, self.ppo.gamma),
                horizon=self.horizon,
                steps=self.steps,
                learning_rate=self.learning_rate,
                seed=self.seed,
                detector_trainer=self._detector_trainer(agent, envs),
                detector_steps=self.detector_steps,
                detector_start=self.detector_start,
                save_every=self.save_every,
            ).train()
        finally:
            envs.close()
        print(f"finished: {run.model_file}\nnext: tfkeypoints control evaluate {run.folder}")
        return run

    def _check(self) -> None:
        """Refuses numbers with which no update could be made."""
        from tfkeypoints.control.ppo import check_batch_size
        from tfkeypoints.control.training import check_steps

        options = {**self._config(), "image_size": self.image_size, "steps": self.steps}
        for name, least in LEAST.items():
            if options[name] is not None and options[name] < least:
                raise ValueError(f"`{name}` must be {least} or more. Received: {name}={options[name]}")
        rates = ("learning_rate", "detector_learning_rate", "initial_std")
        check_positive(**{name: options[name] for name in rates})
        check_batch_size(self.ppo.batch_size, self.num_envs * self.horizon)
        check_steps(self.steps, self.horizon, self.num_envs, self.method == "keypoint3d")

    def _config(self) -> dict[str, Any]:
        """All choices that the numbers depend on. A finished training may be given more steps."""
        from tfkeypoints.control import environments
        from tfkeypoints.simulation.catalog import SCENES

        options = dataclasses.asdict(self)
        del options["run"], options["steps"]
        if self.drawing is None:
            del options["drawing"]
            options |= {"drawing": self._default_drawing()} if self.env in SCENES else {}
        if self.image_size is None:
            del options["image_size"]
            options |= {"image_size": environments.IMAGE_SIZE} if self.env in environments.ENVIRONMENTS else {}
        return {"model": PolicyRecipe.name, **options.pop("ppo"), **options}

    def _default_drawing(self) -> str:
        """That of the run that is there, if there is one."""
        from tfkeypoints.training.run import Run

        run = Run(self.run)
        return PolicyRecipe.upgrade(run.config).get("drawing", "fast") if run.config_file.is_file() else "fast"

    def _detector_trainer(self, agent: "Agent", envs: "gymnasium.vector.VectorEnv") -> "DetectorTrainer | None":
        from tfkeypoints.control.detector import DetectorTrainer, ObservationBuffer

        if self.method != "keypoint3d":
            return None
        space = envs.single_observation_space
        example = {name: np.zeros(space[name].shape[1:], space[name].dtype) for name in space}
        buffer = ObservationBuffer(self.buffer_size, example)
        print(f"the buffer of observations takes {buffer.nbytes / 2**20:.0f} MiB")
        return DetectorTrainer(agent.features.detector, buffer, self.detector_batch_size)


def environments_of(config: Mapping[str, Any], num_envs: int, keys: Iterable[str]) -> "gymnasium.vector.VectorEnv":
    """Makes the environments that a run's configuration names, whose observations have these entries.

    Their module may lie in the current folder, as it may for `python -m`.
    """
    from tfkeypoints.control import environments

    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # which spawned processes take over
    size, stack = config.get("image_size"), config["frame_stack"]
    drawing = PolicyRecipe.upgrade(config).get("drawing")
    return environments.make_vector(config["env"], num_envs, tuple(keys), size, stack, drawing)
