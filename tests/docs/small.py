"""Data sets of a few small images under the names that pages use, so that what a page shows runs within seconds."""

from tfkeypoints.data import builders, pipeline

SIZES = {
    "rendered_objects": {
        "image_size": 32,
        "train_instances": 4,
        "validation_instances": 2,
        "test_instances": 2,
        "train_examples": 4,
        "evaluation_examples": 4,
    },
}


def use_small_data(monkeypatch, folder):
    """Lets data sets lie in a folder, and those of `SIZES` be as small as it says, whatever their names promise."""
    original = builders.open_builder

    def open_builder(name, data_dir=None, **options):
        family, _, config = name.partition("/")
        if family not in SIZES or config not in builder_configs(family):
            return original(name, data_dir or folder, **options)
        changed = [f"{key}_{options[key]}" for key in sorted(options)] or ["small"]
        named = {"config_name": "_".join([config, *changed])}  # the name that a reader's data set gets
        return original(name, data_dir or folder, **{**named, **options, **SIZES[family]})

    monkeypatch.setattr(builders, "open_builder", open_builder)
    monkeypatch.setattr(pipeline, "open_builder", open_builder)
    monkeypatch.setenv("TFDS_DATA_DIR", str(folder))  # for processes that are started


def builder_configs(family):
    """The built-in configs of one of the library's data sets."""
    module = __import__(f"tfkeypoints.datasets.{family}.{family}_dataset_builder", fromlist=["Builder"])
    return module.Builder.builder_configs
