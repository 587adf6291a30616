"""Finds, builds and describes data sets: those of `tfkeypoints.datasets` by name, and any other that TFDS knows."""

import contextlib
import dataclasses
import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkeypoints.data import config_names, provenance
from tfkeypoints.processes import ended_by_sigterm

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


_TOLD: set[tuple[str, tuple[str, ...]]] = set()
"""Changes that were said already by this process."""


def build(
    name: str,
    data_dir: str | Path | None = None,
    manual_dir: str | Path | None = None,
    keep_data: bool = False,
    beam_options: str | None = None,
    **options: Any,
) -> "tfds.core.DatasetBuilder":
    """Builds a data set unless it is there, with a progress bar.

    One that was made of the user's own files knows them. Where they have changed since, what has changed is said; the
    data set is built anew if the files are named here, and used as it is if it is asked for by its own name.

    Args:
        name: `"NAME/CONFIG"`, such as `"rendered_objects/chairs_64"`.
        data_dir: Where data sets live; TFDS' default (`~/tensorflow_datasets`) if None.
        manual_dir: Folder of the user's own files, for configs that need one (`rendered_objects/meshes`,
            `recordings/own`, `captures/own`).
        keep_data: Whether to use a data set as it was built although files that it was made of have changed.
        beam_options: What runs the build in place of this machine's processes: options of an Apache Beam pipeline,
            separated by commas, such as `"runner=FlinkRunner,flink_master=head:8081"`.
        **options: Fields of the config to change, such as `image_size=96`. The changed config gets a name of its own,
            which lists the changes, or the one given as `config_name`.

    Returns:
        The prepared `tfds.core.DatasetBuilder`.

    Raises:
        ValueError: If there is no such data set, config or option, or if one was built under this name with other
            options or from another folder.
    """
    options = with_folder(name, manual_dir, options)
    builder = open_builder(name, data_dir, **options)
    if is_built(builder):
        _check_origin(builder, manual_dir)
        named = manual_dir is not None or _folder_option(name) in options
        if not _has_changed(builder, named and not keep_data):
            return builder
        with _aside(builder.data_path):
            builder = open_builder(name, data_dir, **options)
            _prepare(builder, manual_dir, beam_options)
    else:
        _prepare(builder, manual_dir, beam_options)
    _check_origin(builder, manual_dir)
    return builder


def _prepare(builder: "tfds.core.DatasetBuilder", manual_dir: str | Path | None, beam_options: str | None) -> None:
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()  # builders of this library have bars that know the end
    try:
        config = tfds.download.DownloadConfig(
            manual_dir=manual_dir, try_download_gcs=False, beam_options=_pipeline_options(beam_options)
        )
        with ended_by_sigterm(), _not_left_empty(Path(builder.data_path).parent):
            builder.download_and_prepare(download_config=config)
    finally:
        tfds.enable_progress_bar()


def _pipeline_options(beam_options: str | None) -> object:
    """Beam's own options from text; None for none."""
    if beam_options is None:
        return None
    try:
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError as error:
        raise ImportError("building by Beam needs the extra: pip install 'tfkeypoints[beam]'") from error
    return PipelineOptions(flags=[f"--{option}" for option in beam_options.split(",")])


@contextlib.contextmanager
def _aside(folder: Path) -> Iterator[None]:
    """Keeps a folder under another name until what takes its place is made, and puts it back if that fails."""
    kept = folder.parent / f"{folder.name}.before"
    shutil.rmtree(kept, ignore_errors=True)
    os.replace(folder, kept)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(kept, folder)
        raise
    shutil.rmtree(kept)


def with_folder(name: str, manual_dir: str | Path | None, options: dict[str, Any]) -> dict[str, Any]:
    """Returns the options of `build`, with the user's folder among them for configs that know it from the start."""
    folder = _folder_option(name)
    if folder is None or manual_dir is None:
        return options
    if folder in options:
        raise ValueError(f"`manual_dir` and `{folder}` are the same: give one. Received: manual_dir={manual_dir}")
    return {**options, folder: os.fspath(manual_dir)}


def _folder_option(name: str) -> str | None:
    """The option that is the user's folder, of data sets that know it from the start; else None."""
    return getattr(_class_of(name.partition("/")[0]), "FOLDER", None)


def _has_changed(builder: "tfds.core.DatasetBuilder", rebuild: bool) -> bool:
    """Whether to build a data set anew because files changed that it was made of; says what has become of them."""
    found = _files_now(builder)
    changed = provenance.changes(builder.info.metadata["files"], found) if found is not None else []
    told = builder.info.full_name, tuple(changed)
    if changed and (rebuild or told not in _TOLD):
        _TOLD.add(told)
        doing = "it is built anew" if rebuild else "it is used as it was built; name the files to build it anew"
        print(f"{builder.info.full_name} was made of other files: {'; '.join(changed)}. So {doing}", file=sys.stderr)
    return bool(changed) and rebuild


def config_of(name: str, **options: Any) -> "tfds.core.BuilderConfig":
    """Returns the config of a data set of this library with these options, whose `name` it has on disk."""
    cls = _class_of(name.partition("/")[0])
    chosen = cls.builder_configs[name.partition("/")[2]]
    return _customized(chosen, options) if options else chosen


def made_of_now(name: str, data_dir: str | Path | None = None, keep_data: bool = False, **options: Any) -> str:
    """Returns one word for the contents of the user's files that a data set is, or would now be, made of.

    Args:
        name, data_dir, keep_data, **options: As for `build`, whose result it describes beforehand.
    """
    family, config = name.partition("/")[0], config_of(name, **options)
    known = []
    with contextlib.suppress(ValueError):
        built = open_builder(f"{family}/{config.name}", data_dir).info.metadata or {}
        known = built.get("files", [])
        if keep_data and known:
            return provenance.digest(known)
    root, paths = _class_of(family).made_of(config.options())
    return provenance.digest(provenance.fingerprint(paths, root, known))


def _files_now(builder: "tfds.core.DatasetBuilder") -> list[dict[str, Any]] | None:
    """What the files are now that a data set was made of, see `provenance.fingerprint`; None if that is not known."""
    metadata = builder.info.metadata or {}
    cls = _class_of(builder.info.name)
    if "files" not in metadata or cls is None:
        return None
    if not os.path.isdir(metadata.get("manual_dir") or metadata["options"][cls.FOLDER]):
        return None  # moved or deleted: what was built remains
    root, paths = cls.made_of({**metadata["options"], "manual_dir": metadata.get("manual_dir")})
    return provenance.fingerprint(paths, root, metadata["files"])


@contextlib.contextmanager
def _not_left_empty(folder: Path) -> Iterator[None]:
    """Takes away a data set's folder where nothing could be made in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # not made yet, or other versions lie in it
            folder.rmdir()
        raise


def render(name: str, split: str, count: int) -> list[dict[str, Any]]:
    """Renders one example of each of the first `count` objects of a split, as the data set would hold it.

    Args:
        name: `"rendered_objects/CONFIG"`, or one whose name says its options; not `meshes`.
        split: `"train"`, `"validation"` or `"test"`.
        count: Number of objects.

    Returns:
        List of examples.
    """
    family, _, config = name.partition("/")
    base, options = config_names.options_in(config, _class_of(family).builder_configs) or (config, {})
    return open_builder(f"{family}/{base}", **options).render(split, count)


def dataset_info(name: str, data_dir: str | Path | None = None, **options: Any) -> "tfds.core.DatasetInfo":
    """Returns the `tfds.core.DatasetInfo`: `.metadata["landmark_names"]`, `.splits`, `.features`, `.description`."""
    return open_builder(name, data_dir, **options).info


def is_built(builder: "tfds.core.DatasetBuilder") -> bool:
    """Whether a builder's data lies complete on disk."""
    return (builder.data_path / "dataset_info.json").exists()


def open_builder(name: str, data_dir: str | Path | None = None, **options: Any) -> "tfds.core.DatasetBuilder":
    """Returns the `tfds.core.DatasetBuilder`, whether its data is built or not. See `build`."""
    import tensorflow_datasets as tfds

    family, _, config = name.partition("/")
    known = {}
    try:
        cls = _class_of(family)
        if cls is None:
            return tfds.builder(name, data_dir=data_dir, **options)
        known = cls.builder_configs
        if config and config not in known:  # built under a name of its own, or one that says how it is built
            try:
                builder = tfds.core.read_only_builder.builder_from_files(family, config=config, data_dir=data_dir)
            except tfds.core.registered.DatasetNotFoundError:
                said = config_names.options_in(config, known)
                if said is None or options:
                    raise
                return cls(config=_customized(known[said[0]], said[1]), data_dir=data_dir)
            _check_options(builder, options)
            return builder
    except tfds.core.registered.DatasetNotFoundError:
        raise ValueError(
            f"There is no such data set{f', only {sorted(known)} and what was built before' if known else ''}. "
            f"Received: name={name!r}, data_dir={data_dir}"
        ) from None
    chosen = known[config] if config else cls.BUILDER_CONFIGS[0]
    return cls(config=_customized(chosen, options) if options else chosen, data_dir=data_dir)


def _class_of(family: str) -> Any:
    """The builder of a data set of this library; None if it has none of this name."""
    module = f"tfkeypoints.datasets.{family}"
    found = importlib.util.find_spec(module) if family.isidentifier() else None
    if found is None or found.submodule_search_locations is None:  # no folder
        return None
    return importlib.import_module(f"{module}.{family}_dataset_builder").Builder


def _customized(config: "tfds.core.BuilderConfig", options: Mapping[str, Any]) -> "tfds.core.BuilderConfig":
    """Returns a copy of a config with other options and another name."""
    changes = dict(options)
    name = changes.pop("config_name", None)
    known = config.options()
    if not changes.keys() <= known.keys():
        raise ValueError(f"Options of {config.name} are {sorted(known)}. Received: {sorted(changes.keys() - known)}")
    changed = dataclasses.replace(config, **changes)
    return dataclasses.replace(changed, name=name or changed.name_of(changes))


def _check_options(builder: "tfds.core.DatasetBuilder", options: Mapping[str, Any]) -> None:
    """Data that was built under a name of its own has the options that it was built with."""
    stored = (builder.info.metadata or {}).get("options", {})
    for name, value in options.items():
        value = list(value) if isinstance(value, tuple) else value
        if stored.get(name) != value:
            raise ValueError(
                f"{builder.info.full_name} in {builder.data_dir} was built with {name}={stored.get(name)}. "
                f"Received: {name}={value}. Give all options with the built-in config that it was made from"
            )


def _check_origin(builder: "tfds.core.DatasetBuilder", manual_dir: str | Path | None) -> None:
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
