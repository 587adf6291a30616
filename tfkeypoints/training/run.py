"""The run folder: where one training keeps its configuration, history, weights, numbers and pictures."""

import contextlib
import csv
import fcntl
import importlib.metadata
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkeypoints import files
from tfkeypoints.methods import Method, recipe_of

if TYPE_CHECKING:
    import keras


Upgrade = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Run:
    """One training, as a folder.

    | file | content |
    | --- | --- |
    | `config.json` | every option that the numbers depend on, and the versions that made them |
    | `history.csv` | one row an epoch: losses and metrics, `val_` on the validation split |
    | `checkpoints/` | the state from which a killed training goes on |
    | `model.keras` | the weights that were best on the validation split |
    | `metrics.json` | what `tfkeypoints evaluate` measured |
    | `pictures/` | `training.png`: points on validation images after the last epoch; what `tfkeypoints evaluate` drew |
    | `logs/` | TensorBoard: scalars and images |

    Args:
        folder: The folder; it need not exist yet. `Run.start` and `Run.open` also check it.
        outputs: Where commands write what they find out: the last three, predictions and names. By default the folder.

    Example:
        >>> run = Run.open("runs/keypointnet-chairs_64")
        >>> model = run.load_model()
    """

    def __init__(self, folder: str | Path, outputs: str | Path | None = None):
        self.folder = Path(folder)
        self.outputs = self.folder if outputs is None else Path(outputs)
        self.config_file = self.folder / "config.json"
        self.history_file = self.folder / "history.csv"
        self.checkpoints = self.folder / "checkpoints"
        self.model_file = self.folder / "model.keras"
        self.metrics_file = self.outputs / "metrics.json"
        self.pictures = self.outputs / "pictures"
        self.training_picture = self.pictures / "training.png"
        self.logs = self.outputs / "logs"

    @classmethod
    def start(cls, folder: str | Path, config: Mapping[str, Any], upgrade: Upgrade | None = None) -> "Run":
        """Makes a new run, or resumes the one that was started with the same configuration.

        Args:
            folder: The run folder.
            config: Options by name, of types that JSON knows; nested mappings are fine.
            upgrade: See `check`.

        Raises:
            ValueError: As `check`.
        """
        run = cls(folder)
        run.check(config, upgrade)
        if not run.config_file.exists():
            files.write_json(run.config_file, {**config, "versions": _versions()})
        return run

    def check(self, config: Mapping[str, Any], upgrade: Upgrade | None = None) -> None:
        """Checks that a training with these options may use the folder.

        Args:
            config: All or some of the options.
            upgrade: Puts a configuration that an older version wrote into today's names.

        Raises:
            ValueError: If the folder holds a run of another configuration (the message lists the differences) or
                something that is not a run.
        """
        check_folder(self.config_file, config, "run", upgrade)

    @classmethod
    def open(cls, folder: str | Path, command: str | None = "train") -> "Run":
        """Opens a run that has a model, or one of the models that come with this library.

        Args:
            folder: The run folder, or the name of a pretrained model, see `tfkeypoints.pretrained`.
            command: The command that should have made it, such as "control train"; None: any.

        Raises:
            ValueError: If the folder is no run, has no `model.keras` yet, or was made by another command.
        """
        from tfkeypoints import pretrained

        run = pretrained.find(folder) or cls(folder)
        if not run.config_file.is_file():
            raise ValueError(
                "`run` should be a run folder, made by `tfkeypoints train`, or one of the pretrained models "
                f"{', '.join(pretrained.names())}. Received: run={folder}"
            )
        if command not in (None, run.recipe.command):
            raise ValueError(
                f"`run` should be one that `tfkeypoints {command}` made. "
                f"Received: run={folder}, which is of a {run.recipe.name}, made by `tfkeypoints {run.recipe.command}`"
            )
        if not run.model_file.is_file():
            raise ValueError(
                f"`run` should have a trained model, but there is no {run.model_file}: training was stopped before its "
                f"first validation. The same `tfkeypoints {run.recipe.command}` resumes it. Received: run={folder}"
            )
        return run

    @property
    def config(self) -> dict[str, Any]:
        """The options with which the run was started, and under `versions` what it ran on."""
        return files.read_json(self.config_file)

    @property
    def recipe(self) -> type[Method]:
        """The recipe of the run's method: what can be asked of its model."""
        return recipe_of(self.config.get("model"))

    @property
    def history(self) -> list[dict[str, float]]:
        """The finished epochs, oldest first."""
        return read_history(self.history_file)

    @property
    def metrics(self) -> dict[str, Any] | None:
        """What `tfkeypoints evaluate` measured; None if it did not yet."""
        return files.read_json(self.metrics_file) if self.metrics_file.exists() else None

    def save_model(self, model: "keras.Model") -> None:
        """Writes a model in place of the one before, whose measured numbers go."""
        self.metrics_file.unlink(missing_ok=True)
        with files.whole(self.model_file) as partial:
            model.save(partial)

    def load_model(self) -> "keras.Model":
        """Returns the Keras model with the run's best weights, not compiled.

        It computes in the precision of its weights, also where it was trained in a lower one: so it gives the same on
        every machine.
        """
        import keras

        self.recipe.import_classes()
        model = keras.models.load_model(self.model_file, compile=False)
        return model if model.compute_dtype == model.variable_dtype else _in_full_precision(model)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second training out of this folder; the lock ends with the process, however that ends.

        What one that was killed had begun to write is removed.

        Raises:
            ValueError: If another process is training this run.
        """
        with open(self.config_file) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ValueError(f"`run` is being trained by another process. Received: run={self.folder}") from error
            for path in (self.model_file, self.history_file, self.training_picture):
                files.remove_partial(path)
            yield


def check_folder(file: Path, config: Mapping[str, Any], kind: str, upgrade: Upgrade | None = None) -> None:
    """Checks that a folder is new, or was started with these options, which `file` in it holds.

    Args:
        file: JSON file of the options with which the folder was started.
        config: All or some of the options.
        kind: What the folder is, such as "run".
        upgrade: Puts what an older version wrote into today's names.

    Raises:
        ValueError: If it was started with others (the message lists the differences) or is something else.
    """
    if file.exists():
        old = files.read_json(file)
        differences = config_differences(upgrade(old) if upgrade else old, json.loads(json.dumps(config)))
        if differences:
            raise ValueError(
                f"`run` should be a new folder or a {kind} with the same options. "
                f"Received: run={file.parent}, which was started with others:\n  " + "\n  ".join(differences)
            )
    elif file.parent.exists() and (not file.parent.is_dir() or any(file.parent.iterdir())):
        raise ValueError(
            f"`run` should be a new folder or a {kind} (a folder with {file.name}). "
            f"Received: run={file.parent}, which is something else"
        )


def config_differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Lists the options in which `new` differs from `old`, as `name: old -> new`; what `new` leaves out does not count.

    What `old` lacks was None: an option that came later, or that was not given.

    Example:
        >>> config_differences({"steps": 100, "seed": 0}, {"steps": 200})
        ['steps: 100 -> 200']
    """
    differences = []
    for name, after in new.items():
        before = old.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            differences += config_differences(before, after, f"{prefix}{name}.")
        elif before != after:
            differences.append(f"{prefix}{name}: {before!r} -> {after!r}")
    return differences


def read_history(path: str | Path) -> list[dict[str, float]]:
    """Reads `history.csv`, whole numbers as `int`, so that they are written again as they stood.

    A missing file is an empty history.
    """
    if not Path(path).exists():
        return []
    with open(path, newline="") as file:
        return [{name: _number(text) for name, text in row.items()} for row in csv.DictReader(file)]


def write_history(path: str | Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Writes `history.csv`, with a column for whatever a row has, oldest first; what a row lacks is NaN."""
    columns = dict.fromkeys(name for row in rows for name in row)
    with files.whole(path) as partial, open(partial, "w", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="nan")
        writer.writeheader()
        writer.writerows(rows)


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _in_full_precision(model: "keras.Model") -> "keras.Model":
    """The same model with the same weights, which computes in their precision."""
    whole = type(model).from_config({**model.get_config(), "dtype": model.variable_dtype})
    whole.build_from_config(model.get_build_config())
    whole.set_weights(model.get_weights())
    return whole


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in ("tfkeypoints", "tensorflow", "keras", "numpy")}
