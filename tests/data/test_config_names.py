import pytest

from tfkeypoints import data
from tfkeypoints.data.config_names import options_in
from tfkeypoints.datasets.rendered_objects.rendered_objects_dataset_builder import Builder

CONFIGS = Builder.builder_configs


@pytest.mark.parametrize(
    ("base", "options"),
    [
        ("chairs_64", {"train_instances": 9000}),
        ("cars_128", {"image_size": 32, "seed": 3, "test_instances": 2}),
        ("planes_64", {"roll_degrees": 2.5, "shift": 0.0}),
        ("meshes", {"forward": "-y", "up": "z"}),
    ],
)
def test_a_name_gives_back_the_options_that_made_it(base, options):
    assert options_in(CONFIGS[base].name_of(options), CONFIGS) == (base, options)


@pytest.mark.parametrize(
    "name", ["chairs_64", "chairs_65_seed_1", "chairs_64_seed", "chairs_64_wheels_4", "chairs_64_seed_1_image_size_32"]
)
def test_other_names_say_nothing(name):
    assert options_in(name, CONFIGS) is None


def test_a_data_set_is_built_by_the_name_that_it_will_have(tmp_path):
    options = {"evaluation_examples": 1, "image_size": 16, "test_instances": 2, "train_examples": 1}
    options |= {"train_instances": 2, "validation_instances": 1}
    name = f"rendered_objects/{CONFIGS['chairs_64'].name_of(options)}"
    assert data.dataset_info(name, tmp_path).metadata["options"]["train_instances"] == 2
    by_name = [example["image"] for example in data.load(name, "test", data_dir=tmp_path / "a").as_numpy_iterator()]
    by_options = data.load("rendered_objects/chairs_64", "test", data_dir=tmp_path / "b", **options)
    assert len(by_name) == 2
    for ours, theirs in zip(by_name, by_options.as_numpy_iterator(), strict=True):
        assert (ours == theirs["image"]).all()


def test_a_name_with_an_option_that_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`image_size` must be an integer of at least 1"):
        data.dataset_info("rendered_objects/chairs_64_image_size_large", tmp_path)
