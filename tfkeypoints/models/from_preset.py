"""What lets a model be had with trained weights."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import keras


class FromPreset:
    """Mixed into the model of a method."""

    method: ClassVar[str]
    """The method's name in `tfkeypoints.methods.METHODS`."""

    @classmethod
    def from_preset(cls, preset: str | Path) -> "keras.Model":
        """A pretrained model of this class, or the one of a run.

        Args:
            preset: The name of a pretrained model, as `tfkeypoints.pretrained.names` lists them, or a run folder.

        Returns:
            The model with its weights, not compiled, in float32.

        Raises:
            ValueError: If there is none of this name and class; the message lists the names.

        Example:
            >>> model = KeypointNet.from_preset("chairs_64")
        """
        from tfkeypoints import pretrained
        from tfkeypoints.training.run import Run

        known = f"`preset` should be one of {', '.join(pretrained.names(cls.method))}, or a run folder of {cls.method}"
        if not (str(preset) in pretrained.names() or Path(preset).is_dir()):
            raise ValueError(f"{known}. Received: preset={preset!r}")
        run = Run.open(preset, command=None)
        if run.recipe.name != cls.method:
            raise ValueError(f"{known}. Received: preset={preset!r}, which is of {run.recipe.name}")
        return run.load_model()
