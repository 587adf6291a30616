import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.rounding import NETWORK
from tfkeypoints.models import KeypointNet


def tiny(**arguments):
    return KeypointNet(**{"num_keypoints": 5, "filters": 8, "dilations": (1, 2, 4, 1), "first_stride": 2, **arguments})


SHARED = {"backbone": "slim_hourglass", "facing": "shared", "head_size": 1}
FACING = pytest.mark.parametrize("arguments", [{}, SHARED], ids=["network", "shared"])


@FACING
def test_outputs_have_the_promised_shapes_for_non_square_images_and_three_views(pairs, arguments):
    outputs = tiny(**arguments)(pairs)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "orientation": (4, 3, 2, 2),
        "uv": (4, 3, 5, 2),
        "depth": (4, 3, 5, 1),
        "std": (4, 3, 5, 1),
        "confidence": (4, 3, 5),
        "heatmaps": (4, 3, 8, 12, 5),
        "points_camera": (4, 3, 5, 3),
        "points_world": (4, 3, 5, 3),
    }


def test_world_points_are_the_lifted_image_points(pairs):
    outputs = tiny()(pairs)
    for b, v, k in np.ndindex(4, 3, 5):
        expected = reference.unproject(
            outputs["uv"][b, v, k].numpy(),
            outputs["depth"][b, v, k, 0].numpy(),
            pairs["intrinsics"][b, v],
            pairs["extrinsics"][b, v],
        )
        np.testing.assert_allclose(outputs["points_world"][b, v, k], expected, atol=1e-4)


def test_depths_are_offset_from_one_in_proportion_to_each_views_focal_length(pairs):
    alike, own = tiny(mean_depth=6.0), tiny(mean_depth=6.0, focal=1.5)
    alike.build()
    own.build()
    own.set_weights(alike.get_weights())
    pairs["intrinsics"][:, 1, 1, 1] *= 0.5
    usual = 6.0 * pairs["intrinsics"][..., 1, 1] / 1.5 - 6.0  # [B, V]
    difference = own(pairs)["depth"] - alike(pairs)["depth"]
    np.testing.assert_allclose(difference[..., 0], np.repeat(usual[..., None], 5, -1), rtol=1e-5, atol=1e-5)


def test_bytes_and_floats_of_the_same_image_give_the_same_answer(pairs):
    model = tiny()
    floats = {**pairs, "image": (pairs["image"] / 255).astype("float32")}
    np.testing.assert_allclose(model(floats)["uv"], model(pairs)["uv"], **NETWORK)


def test_a_view_alone_gets_the_same_points_as_among_others(pairs):
    model = tiny()
    alone = model({name: value[:, 1:2] for name, value in pairs.items()})
    np.testing.assert_allclose(alone["points_world"][:, 0], model(pairs)["points_world"][:, 1], **NETWORK)


@FACING
def test_inference_does_not_look_at_the_extrinsics_to_find_the_facing(pairs, arguments):
    model = tiny(**arguments)
    turned = {**pairs, "extrinsics": pairs["extrinsics"] * np.array([-1, 1, -1, 1], "float32")}
    np.testing.assert_array_equal(model(turned)["uv"], model(pairs)["uv"])


@FACING
def test_training_is_told_the_true_facing_until_it_is_withdrawn(pairs, arguments):
    model = tiny(**arguments)
    turned = {**pairs, "extrinsics": pairs["extrinsics"] * np.array([-1, 1, -1, 1], "float32")}

    def uv(inputs):
        return model(inputs, training=True)["uv"].numpy()

    assert not np.allclose(uv(pairs), uv(turned))
    model.orientation_truth.assign(0.0)
    np.testing.assert_allclose(uv(pairs), uv(turned), **NETWORK)


def test_evaluation_is_repeatable_and_training_noise_is_not_in_it(pairs):
    model = tiny(pose_noise=1.0)
    model.compile("adam")
    dataset = tf.data.Dataset.from_tensors(pairs)
    first, second = (model.evaluate(dataset, verbose=0, return_dict=True) for _ in range(2))
    assert first == second
    outputs = model(pairs)
    noisy = model.loss_terms(pairs, outputs, training=True)["relative_pose"]
    assert not np.allclose(noisy, model.loss_terms(pairs, outputs, training=False)["relative_pose"])


def test_fit_overfits_one_batch_and_history_shows_every_term(pairs):
    keras.utils.set_random_seed(0)
    model = tiny(filters=16, pose_noise=0.0)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, decay_steps=250)))
    dataset = tf.data.Dataset.from_tensors({name: value[:2, :2] for name, value in pairs.items()})
    untrained = model.evaluate(dataset, verbose=0, return_dict=True)
    history = model.fit(dataset.repeat(), steps_per_epoch=50, epochs=5, verbose=0).history
    terms = {"reprojection_consistency", "relative_pose", "separation", "silhouette", "variance", "orientation"}
    assert set(history) == {"loss", "angular_error", "orientation_accuracy", *terms}
    assert untrained["angular_error"] > 45
    # Eight seeds ended between 0.2 and 0.5 degrees, and between 0.0001 and 0.0004; rounding matters less.
    assert history["angular_error"][-1] < 2
    assert history["reprojection_consistency"][-1] < 0.003


def test_the_total_is_the_weighted_sum_of_the_terms(pairs):
    weights = {
        "reprojection_consistency": 2.0,
        "relative_pose": 0.5,
        "separation": 3.0,
        "volume": 0.2,
        "silhouette": 0.7,
    }
    model = tiny(**weights, variance=0.0, orientation=0.3)
    model.compile("adam")
    history = model.evaluate(tf.data.Dataset.from_tensors(pairs), verbose=0, return_dict=True)
    assert "variance" not in history
    expected = sum(weight * history[name] for name, weight in {**weights, "orientation": 0.3}.items())
    assert history["loss"] == pytest.approx(expected, rel=1e-5)


def test_keras_file_keeps_answers_config_and_the_withdrawn_truth(pairs, tmp_path):
    model = tiny(relative_pose=0.3, seed=3)
    expected = model(pairs)
    model.orientation_truth.assign(0.25)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    assert float(loaded.orientation_truth) == 0.25
    for name, value in loaded(pairs).items():
        np.testing.assert_array_equal(value, expected[name])


def test_saved_model_gives_the_same_numbers_for_another_batch_size(pairs, tmp_path):
    model = tiny()
    model(pairs)
    signature = {name: tf.TensorSpec([None, None, *value.shape[2:]], value.dtype) for name, value in pairs.items()}
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("detect", lambda inputs: model(inputs, training=False), [signature])
    archive.write_out(tmp_path / "saved", verbose=False)
    part = {name: value[:3, :2] for name, value in pairs.items()}
    loaded = tf.saved_model.load(tmp_path / "saved")
    served = loaded.detect(part)
    np.testing.assert_allclose(served["points_world"], model(part)["points_world"], **NETWORK)


def test_without_orientation_there_is_no_orientation_network(pairs):
    model = tiny(use_orientation=False)
    assert "orientation" not in model(pairs)
    assert not hasattr(model, "orientation_net")


def test_a_shared_facing_needs_no_network_of_its_own_and_is_learnt_from_the_truth(pairs):
    model = tiny(**SHARED, orientation=10.0, silhouette=0.0)
    assert not hasattr(model, "orientation_net")
    model.compile(keras.optimizers.Adam(1e-2))
    before = model.train_on_batch(pairs, return_dict=True)["orientation"]
    for _ in range(20):
        after = model.train_on_batch(pairs, return_dict=True)["orientation"]
    assert after < 0.5 * before


def test_a_shared_facing_needs_a_backbone_with_two_ways():
    with pytest.raises(ValueError, match=r"'slim_hourglass'.* Received: facing='shared', backbone='hourglass'"):
        tiny(facing="shared", backbone="hourglass")
    with pytest.raises(ValueError, match="`facing` must be one of network, shared"):
        tiny(facing="none")


def test_heads_of_one_cell_look_at_one_cell(pairs):
    kernels = [tuple(each.shape[:2]) for head in (3, 1) for each in [built(head, pairs).logit_head.kernel]]
    assert kernels == [(3, 3), (1, 1)]
    with pytest.raises(ValueError, match="`head_size`"):
        tiny(head_size=0)


def built(head_size, inputs):
    model = tiny(head_size=head_size)
    model(inputs)
    return model


@pytest.mark.usefixtures("half_precision")
@FACING
def test_mixed_precision_keeps_points_and_cameras_in_float32(pairs, arguments):
    model = tiny(dtype="mixed_bfloat16", **arguments)
    outputs = model(pairs)
    assert {value.dtype for value in outputs.values()} == {tf.float32}
    uv, depth = outputs["uv"].numpy(), outputs["depth"].numpy()
    expected = reference.unproject(uv[1, 2, 3], depth[1, 2, 3, 0], pairs["intrinsics"][1, 2], pairs["extrinsics"][1, 2])
    np.testing.assert_allclose(outputs["points_world"][1, 2, 3], expected, atol=1e-4)
    floats = {**pairs, "image": (pairs["image"] / 255).astype("float32")}
    model.compile("adam")
    assert np.isfinite(model.evaluate(tf.data.Dataset.from_tensors(floats), verbose=0, return_dict=True)["loss"])


@pytest.mark.usefixtures("mixed_policy")
def test_a_training_step_under_a_mixed_policy_has_a_finite_loss_and_float32_answers(pairs):
    model = tiny()
    model.compile("adam")
    assert np.isfinite(model.train_on_batch(pairs)).all()
    assert {value.dtype for value in model(pairs, training=True).values()} == {tf.float32}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"num_keypoints": 0}, "num_keypoints"),
        ({"mean_depth": -1.0}, "mean_depth"),
        ({"focal": 0.0}, "focal"),
        ({"silhouette": -1.0}, "silhouette"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, name):
    with pytest.raises(ValueError, match=name):
        KeypointNet(**arguments)


def test_images_without_alpha_are_refused_only_by_the_silhouette_term(pairs):
    rgb = {**pairs, "image": pairs["image"][..., :3]}
    tiny(silhouette=0.0).loss_terms(rgb, tiny()(rgb), training=False)
    with pytest.raises(ValueError, match="alpha channel"):
        tiny().loss_terms(rgb, tiny()(rgb), training=False)


def test_a_wrong_number_of_views_is_named(pairs):
    with pytest.raises(ValueError, match="equally many views"):
        tiny()({**pairs, "extrinsics": pairs["extrinsics"][:, :2]})


def test_a_missing_key_is_named(pairs):
    with pytest.raises(ValueError, match="image, intrinsics, extrinsics"):
        tiny()({"image": pairs["image"]})
