"""What the recipes of all methods that learn from examples have in common. Imports no TensorFlow."""

import dataclasses
import functools
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tfkeypoints.arguments import check_positive
from tfkeypoints.methods import METHODS, Method, recipe_of, trained_by
from tfkeypoints.models.options import config_of

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
    from numpy.typing import ArrayLike

    from tfkeypoints.data.sampling import Augmentation
    from tfkeypoints.geometry._tensors import TensorLike
    from tfkeypoints.serving.signatures import Signature
    from tfkeypoints.training.run import Run


@dataclasses.dataclass(frozen=True)
class Range:
    """Where a sweep searches an option.

    Args:
        values: Least and greatest, or all choices.
        sampling: "linear" or "log" between the two, or one of the "choices".
        reason: Why it is worth varying, and why there.
    """

    values: tuple[float, ...]
    sampling: Literal["linear", "log", "choices"]
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe(Method):
    """A training of a method, but for its data: a preset is an instance, the command line's options are its fields.

    A method's own recipe adds `model`, the arguments of its model, as a dataclass of their own, and the methods that
    raise `NotImplementedError` here.
    """

    command: ClassVar[str] = "train"
    default_data: ClassVar[str]
    """Data set to train on if none is given, with `{size}` for the image size."""
    of_moving_scenes: ClassVar[bool] = False
    """Whether its examples are frames of a scene that moves, rather than views of objects."""
    recording_preset: ClassVar[str]
    """Of moving scenes: the preset for the user's own recordings."""
    schedule: ClassVar[tuple[str, str]]
    """First and last step of what changes on the way: with fewer or more `steps` they move in proportion."""
    objective: ClassVar[str]
    """Validation metric by which a sweep compares trials: needs no labels, and is not a weighted sum, so that trials
    with other weights or numbers of keypoints can be compared by it."""
    ranges: ClassVar[Mapping[str, Range]]
    """Options that a sweep can vary."""
    labels: ClassVar[tuple[str, ...]] = ()
    """Keys of the examples that the model is taught by besides images and cameras, such as `landmarks`."""
    extras: ClassVar[tuple[str, ...]] = ()
    """Keys that the model takes besides, from examples that have them."""

    if TYPE_CHECKING:
        model: Any
        """The arguments of the model: each recipe's own dataclass."""

    preset: str = "custom"
    """Where the options come from that are not given."""
    image_size: int
    """Side in pixels of the images of the data set that is taken if none is named."""
    num_views: int | None = None
    """Views of an example."""
    batch_size: int
    """Examples a step."""
    steps: int
    """Training steps. With more or fewer than the preset's, its schedule moves in proportion."""
    optimizer: Literal["adam", "muon"] = "adam"
    """Muon learns more a step in convolutions."""
    learning_rate: float
    """Peak of the learning rate, which warms up to it and then falls along a cosine."""
    validate_every: int = 250
    """Steps between validations; after each, the model is saved."""
    monitor: str = "val_angular_error"
    """Metric of the history by which the best weights are chosen."""
    monitor_mode: Literal["min", "max"] = "min"
    """Whether less or more of it is better."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """What the networks compute in while training; points, losses and weights are float32 always. bfloat16 halves the
    memory of activations, and about halves the time of a step of wide networks on CPUs with AMX. Other CPUs are slower
    with it."""
    seed: int = 0
    """Seed of weights, order of the data and noise: the same seed gives the same numbers on one machine."""

    @classmethod
    def presets(cls) -> Mapping[str, "Recipe"]:
        """The presets by name: `PRESETS` in the module `presets` of the method's package."""
        package = METHODS[cls.name].rsplit(".", 2)[0]
        return importlib.import_module(f"{package}.presets").PRESETS

    @classmethod
    def from_preset(cls, preset: str, steps: int | None = None, **options: Any) -> "Recipe":
        """A preset with other options.

        Args:
            preset: Its name.
            steps: Training steps; its schedule keeps pace.
            **options: Fields of the recipe, or arguments of its model.

        Raises:
            ValueError: If there is no such preset or option.

        Example:
            >>> KeypointNetRecipe.from_preset("demo", steps=1000, num_keypoints=8).model.num_keypoints
            8
        """
        presets = cls.presets()
        if preset not in presets:
            raise ValueError(f"`preset` must be one of {', '.join(presets)}. Received: preset={preset!r}")
        return presets[preset].with_steps(steps).with_options(**options)

    def with_steps(self, steps: int | None) -> "Recipe":
        """The same recipe at another length: its schedule moves in proportion."""
        if steps is None:
            return self
        pace = steps / self.steps
        moved = {name: round(pace * getattr(self, name)) for name in self.schedule}
        return dataclasses.replace(self, steps=steps, **moved)

    def with_options(self, **options: Any) -> "Recipe":
        """The same recipe with other options, be they its own fields or arguments of its model.

        Raises:
            ValueError: If there is no such option.
        """
        own = {field.name for field in dataclasses.fields(self)} - {"model"}
        arguments = {field.name for field in dataclasses.fields(self.model)}
        unknown = options.keys() - own - arguments
        if unknown:
            raise ValueError(f"`options` must be among {sorted(own | arguments)}. Received: {sorted(unknown)}")
        model = dataclasses.replace(self.model, **{name: options[name] for name in options.keys() - own})
        return dataclasses.replace(self, model=model, **{name: options[name] for name in options.keys() & own})

    def with_model_of(self, config: Mapping[str, Any]) -> "Recipe":
        """The same recipe with the model's arguments, and the image size, of a run's configuration.

        Raises:
            ValueError: If the run is of another method, or has a backbone of its own.
        """
        if config["model"] != self.name:
            raise ValueError(f"`from` should be a run of {self.name}. Received: one of {config['model']}")
        config = self.upgrade(config)
        if not isinstance(config["model_options"]["backbone"], str):
            raise ValueError("`from` should have a backbone that has a name. Received: a layer of its own")
        names = {field.name for field in dataclasses.fields(self.model)}
        arguments = {name: value for name, value in config["model_options"].items() if name in names}
        size = config.get("image_size", self.image_size)
        return dataclasses.replace(self, model=type(self.model)(**arguments), image_size=size)

    def option(self, name: str) -> Any:
        """The value of an option, be it a field of the recipe or an argument of its model."""
        return getattr(self, name) if hasattr(self, name) else getattr(self.model, name)

    def check(self) -> None:
        """Checks the sizes and the schedule.

        Raises:
            ValueError: If a number is out of range.
        """
        sizes = {name: getattr(self, name) for name in ("steps", "batch_size", "num_views", "learning_rate")}
        check_positive(**{name: size for name, size in sizes.items() if size is not None})
        (start, first), (end, last) = ((name, getattr(self, name)) for name in self.schedule)
        if not 0 <= first <= last:
            raise ValueError(
                f"`{start}` and `{end}` must satisfy 0 <= {start} <= {end}. Received: {start}={first}, {end}={last}"
            )

    def activations(self) -> int:
        """Values of the finest layer's features in a step: how large its operations are, see `training.threads`."""
        raise NotImplementedError

    def model_options(self) -> dict[str, Any]:
        """The arguments of the model that are options."""
        return dict(vars(self.model))

    def config(self) -> dict[str, Any]:
        """All choices that the numbers depend on, for `config.json`; None for what follows from the data."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "model"}
        precision = None if self.precision == "float32" else self.precision
        return {"model": self.name, **own, "precision": precision, "model_options": config_of(self.model)}

    @classmethod
    def upgrade(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration that any version of this library wrote, in today's names; what it left out is the default."""
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        default = defaults.pop("model")
        own = {name: value for name, value in defaults.items() if value is not dataclasses.MISSING}
        old = dict(config.get("model_options", {}))
        if config.get("mean_depth") is not None:  # of KeypointNet, once an option of the run
            old["mean_depth"] = config["mean_depth"]
        if "network" in old:
            old["backbone"] = old.pop("network")
        return {
            **own,
            "precision": None,
            **config,
            "model_options": vars(default) | {name: value for name, value in old.items() if value is not None},
        }

    def build(
        self, examples: Mapping[str, Any], at_rest: "ArrayLike | None" = None, sizes: Mapping[str, float] | None = None
    ) -> "keras.Model":
        """Builds the Keras model for training examples.

        Args:
            examples: `image`, `intrinsics` and `extrinsics`, `[N, V, ...]` each.
            at_rest: What the cameras see of the scene at rest, `[V, H, W, C]`, if the data set tells.
            sizes: Arguments of the model that the data set tells, for those that are None.
        """
        raise NotImplementedError

    @property
    def dtype(self) -> str | None:
        """The model's policy of types; None for Keras' own, float32."""
        return None if self.precision == "float32" else f"mixed_{self.precision}"

    def augmentation(self) -> "Augmentation | None":
        """The function that varies training examples, see `data.sampling`; None, as here, leaves them as they are."""

    def callbacks(self, run: "Run", validation: "Mapping[str, np.ndarray]") -> list:
        """The method's own callbacks: its schedule."""
        return []

    def watchers(self, run: "Run", validation: "Mapping[str, np.ndarray]") -> list:
        """Its callbacks that watch and tell, of which one process of a training is enough."""
        return []

    @classmethod
    def untrained(cls, model: "keras.Model", seed: int) -> "keras.Model":
        """A model with the same arguments that never learnt anything."""
        import keras

        keras.utils.set_random_seed(seed)
        return type(model).from_config(model.get_config())

    @classmethod
    def detect(cls, model: "keras.Model", inputs: "dict[str, TensorLike]") -> "dict[str, tf.Tensor]":
        """The model's outputs for inference."""
        return model(inputs, training=False)

    @classmethod
    def views(cls, model: "keras.Model") -> int | None:
        """The number of views that the model takes; None: any."""
        return None

    @classmethod
    def signatures(cls, config: Mapping[str, Any], model: "keras.Model") -> "dict[str, Signature]":
        from tfkeypoints.serving import signatures

        image_shape = tuple(config["images"]["shape"][1:])
        return signatures.of_detector(functools.partial(cls.detect, model), image_shape, cls.views(model))

    @classmethod
    def card(cls, config: Mapping[str, Any], model: "keras.Model") -> dict[str, Any]:
        from tfkeypoints.serving import card

        described = card.of_detector(config, model.num_keypoints, cls.views(model))
        return described | {"fits": [card.SIZES.format(*config["images"]["shape"][1:3]), *cls.fits(config, model)]}

    @classmethod
    def fits(cls, config: Mapping[str, Any], model: "keras.Model") -> list[str]:
        """Sentences on which images fit an exported model, for people."""
        raise NotImplementedError

    @classmethod
    def examples(cls, config: Mapping[str, Any], model: "keras.Model") -> "list[dict[str, np.ndarray]]":
        from tfkeypoints.data.example import CAMERA_KEYS
        from tfkeypoints.evaluation.collection import load_evenly
        from tfkeypoints.serving.examples import COUNT

        try:
            chosen = list(load_evenly(config, "validation", COUNT))
        except (ValueError, OSError, KeyError):  # the data set is not on this machine
            return []
        views = cls.fixed_views(model)
        return [{name: example[name].numpy()[:views] for name in CAMERA_KEYS} for example in chosen]


def detector_recipe(method: str) -> type[Recipe]:
    """The recipe of a method that finds keypoints.

    Raises:
        ValueError: If there is no such method.
    """
    recipe = recipe_of(method)
    if not issubclass(recipe, Recipe):
        raise ValueError(f"`method` must be one of {', '.join(trained_by('train'))}. Received: method={method!r}")
    return recipe
