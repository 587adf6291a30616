"""Training on the user's own files, of which a data set is made first."""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tfkeypoints.training.training import R, Training

if TYPE_CHECKING:
    import keras


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnFilesTraining(Training[R]):
    """A training whose data may be a folder: a data set is made of it before, or again where its files changed.

    A subclass has a field called as `FOLDER` says, and tells the data set's options.
    """

    DATA: ClassVar[str]
    """The data set that is made."""
    FOLDER: ClassVar[str]
    """The option that is the folder."""

    keep_data: bool = False
    """Use the data set of your own files as it was made, although files have changed since."""

    @property
    def data_name(self) -> str:
        if self._folder is None:
            return super().data_name
        return f"{self.DATA.partition('/')[0]}/{self._config.name}"

    def config(self) -> dict[str, Any]:
        if self._folder is None:
            self.check_without()
            return super().config()
        if self.data is not None:
            raise ValueError(
                f"`data` and `{self.FOLDER}` exclude each other. "
                f"Received: data={self.data}, {self.FOLDER}={self._folder}"
            )
        return {**super().config(), self.FOLDER: {**self._config.options(), "files": self._digest()}}

    def check_without(self) -> None:
        """Raises a ValueError if an option is given that makes no sense without a folder."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """The options of the data set."""
        raise NotImplementedError

    def load(self, split: str, num_views: int | None = None) -> Mapping:
        self._make_data()
        return super().load(split, num_views)

    def build(self, examples: Mapping[str, Any]) -> "keras.Model":
        self._make_data()
        return super().build(examples)

    @property
    def _folder(self) -> Path | None:
        return getattr(self, self.FOLDER)

    @functools.cached_property
    def _config(self) -> Any:
        """The configuration of the data set, whose name depends on all options and on no file."""
        from tfkeypoints.data.builders import config_of

        return config_of(self.DATA, **self.options())

    def _make_data(self) -> None:
        """Makes the data set of the user's files, once, before it is read."""
        if self._folder is None or "_made" in vars(self):
            return
        from tfkeypoints import data

        data.build(self.DATA, self.data_dir, keep_data=self.keep_data, **self.options())
        vars(self)["_made"] = True

    def _digest(self) -> str:
        """One word for the contents of the files that the data is, or will be, made of."""
        from tfkeypoints.data.builders import made_of_now

        return made_of_now(self.DATA, self.data_dir, self.keep_data, **self.options())
