"""Finds, builds and describes data sets: those of `tfkeypoints.datasets` by name, and any other that TFDS knows."""

import contextlib
import dataclasses
import importlib
import importlib.util
import os
import signal
import sys
import threading


def build(name, data_dir=None, manual_dir=None, **options):
    """Builds a data set unless it is there, with a progress bar.

    Args:
        name: `"NAME/CONFIG"`, such as `"rendered_objects/chairs_64"`.
        data_dir: Where data sets live; TFDS' default (`~/tensorflow_datasets`) if None.
        manual_dir: Folder of the user's own files, for configs that need one (`rendered_objects/meshes`).
        **options: Fields of the config to change, such as `image_size=96`. The changed config gets a name of its own,
            which lists the changes, or the one given as `config_name`.

    Returns:
        The prepared `tfds.core.DatasetBuilder`.

    Raises:
        ValueError: If there is no such data set, config or option, or if one was built under this name with other
            options or from another folder.
    """
    import tensorflow_datasets as tfds

    builder = open_builder(name, data_dir, **options)
    if not is_built(builder):
        tfds.disable_progress_bar()  # builders of this library have bars that know the end
        try:
            config = tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)
            with _leaving_in_order():
                builder.download_and_prepare(download_config=config)
        finally:
            tfds.enable_progress_bar()
    _check_origin(builder, manual_dir)
    return builder


@contextlib.contextmanager
def _leaving_in_order():
    """Lets SIGTERM end the process as an error would, so that what is half made is taken away first."""
    if threading.current_thread() is not threading.main_thread():  # only there may a handler be set
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def dataset_info(name, data_dir=None, **options):
    """Returns the `tfds.core.DatasetInfo`: `.metadata["landmark_names"]`, `.splits`, `.features`, `.description`."""
    return open_builder(name, data_dir, **options).info


def is_built(builder):
    """Whether a builder's data lies complete on disk."""
    return (builder.data_path / "dataset_info.json").exists()


def open_builder(name, data_dir=None, **options):
    """Returns the `tfds.core.DatasetBuilder`, whether its data is built or not. See `build`."""
    import tensorflow_datasets as tfds

    family, _, config = name.partition("/")
    module = f"tfkeypoints.datasets.{family}"
    found = importlib.util.find_spec(module) if family.isidentifier() else None
    ours = found is not None and found.submodule_search_locations is not None  # a folder
    known = {}
    try:
        if not ours:
            return tfds.builder(name, data_dir=data_dir, **options)
        cls = importlib.import_module(f"{module}.{family}_dataset_builder").Builder
        known = cls.builder_configs
        if config and config not in known:  # built under a name of the user's
            builder = tfds.core.read_only_builder.builder_from_files(family, config=config, data_dir=data_dir)
            _check_options(builder, options)
            return builder
    except tfds.core.registered.DatasetNotFoundError:
        raise ValueError(
            f"There is no such data set{f', only {sorted(known)} and what was built before' if ours else ''}. "
            f"Received: name={name!r}, data_dir={data_dir}"
        ) from None
    chosen = known[config] if config else cls.BUILDER_CONFIGS[0]
    return cls(config=_customized(chosen, options) if options else chosen, data_dir=data_dir)


def _customized(config, options):
    """Returns a copy of a config with other options and another name."""
    changes = dict(options)
    name = changes.pop("config_name", "_".join([config.name, *(f"{key}_{changes[key]}" for key in sorted(changes))]))
    known = config.options()
    if not changes.keys() <= known.keys():
        raise ValueError(f"Options of {config.name} are {sorted(known)}. Received: {sorted(changes.keys() - known)}")
    return dataclasses.replace(config, name=name, **changes)


def _check_options(builder, options):
    """Data that was built under a name of its own has the options that it was built with."""
    stored = (builder.info.metadata or {}).get("options", {})
    for name, value in options.items():
        value = list(value) if isinstance(value, tuple) else value
        if stored.get(name) != value:
            raise ValueError(
                f"{builder.info.full_name} in {builder.data_dir} was built with {name}={stored.get(name)}. "
                f"Received: {name}={value}. Give all options with the built-in config that it was made from"
            )


def _check_origin(builder, manual_dir):
    """A name stands for one set of options and one folder: data made from others must not be taken for them."""
    stored = builder.info.metadata or {}
    wanted = {}
    if "options" in stored and hasattr(builder.builder_config, "options"):
        wanted["options"] = builder.builder_config.options()
    if stored.get("manual_dir") and manual_dir:
        wanted["manual_dir"] = os.path.realpath(os.path.expanduser(manual_dir))
    for key, value in wanted.items():
        if stored[key] != value:
            raise ValueError(
                f"{builder.info.full_name} in {builder.data_dir} was built with other {key}: {stored[key]}. "
                f"Received: {value}. Give the new one another `config_name` or `data_dir`, or delete that one"
            )
