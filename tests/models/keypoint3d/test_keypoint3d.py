import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import reference
from tests.rounding import NETWORK
from tfkeypoints.models import Keypoint3D, KeypointNet


@pytest.fixture
def frames(rng):
    """Four frames of three fixed cameras, 20 × 28 pixels: a bright thing on a dark floor, elsewhere in each."""
    intrinsics, extrinsics = reference.random_cameras(rng, (3,))
    image = np.full((4, 3, 20, 28, 3), 40, "uint8")
    for b in range(4):
        point = rng.uniform(-0.8, 0.8, 3)
        for v in range(3):
            (u_centre, v_centre), _ = reference.project(point, intrinsics[v], extrinsics[v])
            row, column = round((v_centre + 1) * 10), round((u_centre + 1) * 14)
            image[b, v, max(row - 3, 0) : row + 3, max(column - 3, 0) : column + 3] = [250, 200, 30]
    return {
        "image": image,
        "intrinsics": np.tile(intrinsics.astype("float32"), (4, 1, 1, 1)),
        "extrinsics": np.tile(extrinsics.astype("float32"), (4, 1, 1, 1)),
    }


def tiny(**arguments):
    defaults = {"num_keypoints": 5, "image_size": (16, 24), "filters": 4, "levels": 2, "mean_depth": 5.0}
    return Keypoint3D(**{**defaults, **arguments})


@pytest.mark.parametrize("view_encoding", ["separate", "stacked", "shared"])
@pytest.mark.parametrize("background", ["none", "features", "residual"])
def test_outputs_have_the_promised_shapes(frames, view_encoding, background):
    outputs = tiny(view_encoding=view_encoding, background=background)(frames)
    expected = {
        "keypoints": (4, 5, 3),
        "points_camera": (4, 3, 5, 3),
        "points_world": (4, 3, 5, 3),
        "uv": (4, 3, 5, 2),
        "depth": (4, 3, 5, 1),
        "std": (4, 3, 5, 1),
        "confidence": (4, 3, 5),
        "attention": (4, 3, 5),
        "heatmaps": (4, 3, 4, 6, 5),
        "gaussian_maps": (4, 3, 4, 6, 5),
        "reconstruction": (4, 3, 16, 24, 3),
        "target": (4, 3, 16, 24, 3),
    }
    if background != "none":
        expected["background"] = (4, 3, 16, 24, 3)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == expected


def test_image_points_of_a_crop_are_those_of_the_whole_image(frames):
    outputs = tiny()(frames)
    for b, v, k in np.ndindex(4, 3, 5):
        uv, depth = outputs["uv"][b, v, k].numpy(), outputs["depth"][b, v, k, 0].numpy()
        expected = reference.unproject(uv, depth, frames["intrinsics"][b, v], frames["extrinsics"][b, v])
        np.testing.assert_allclose(outputs["points_world"][b, v, k], expected, atol=2e-4)


def test_the_target_is_the_middle_of_the_image(frames):
    target = tiny()(frames)["target"]
    np.testing.assert_allclose(target, frames["image"][:, :, 2:18, 2:26] / 255, atol=1e-6)


def test_random_crops_in_training_show_other_windows_whose_cameras_follow(frames):
    outputs = tiny(noise=0.0)(frames, training=True)
    targets = outputs["target"].numpy()
    assert not np.allclose(targets, frames["image"][:, :, 2:18, 2:26] / 255)
    for b, v, k in np.ndindex(4, 3, 5):
        uv, depth = outputs["uv"][b, v, k].numpy(), outputs["depth"][b, v, k, 0].numpy()
        expected = reference.unproject(uv, depth, frames["intrinsics"][b, v], frames["extrinsics"][b, v])
        np.testing.assert_allclose(outputs["points_world"][b, v, k], expected, atol=2e-4)


def test_keypoints_are_the_views_points_weighted_by_their_attention(frames):
    outputs = tiny()(frames)
    weights = outputs["attention"].numpy()[..., None]
    expected = (weights * outputs["points_world"].numpy()).sum(1) / weights.sum(1)
    np.testing.assert_allclose(outputs["keypoints"], expected, atol=1e-4)
    np.testing.assert_allclose(weights.sum(2), 1, atol=1e-5)
    plain = tiny(fusion="mean")
    plain(frames)
    np.testing.assert_allclose(plain(frames)["keypoints"], plain(frames)["points_world"].numpy().mean(1), atol=1e-4)


def test_gaussians_stand_where_the_fused_keypoints_project(frames):
    model = tiny(image_size=(20, 28), gaussian_width=1.5)
    outputs = model(frames)
    for b, v, k in np.ndindex(4, 3, 5):
        uv, depth = reference.project(
            outputs["keypoints"][b, k].numpy(), frames["intrinsics"][b, v], frames["extrinsics"][b, v]
        )
        expected = reference.gaussian_map(uv, depth, 5, 7, 2 * 1.5 / 5 * 5.0)
        np.testing.assert_allclose(outputs["gaussian_maps"][b, v, :, :, k], expected, atol=1e-4)


def test_without_fusion_each_view_draws_its_own_points(frames):
    model = tiny(image_size=(20, 28), fusion="none")
    outputs = model(frames)
    b, v, k = 2, 1, 3
    uv, depth = outputs["uv"][b, v, k].numpy(), outputs["depth"][b, v, k, 0].numpy()
    expected = reference.gaussian_map(uv, depth, 5, 7, 2 * 0.75 / 5 * 5.0)
    np.testing.assert_allclose(outputs["gaussian_maps"][b, v, :, :, k], expected, atol=1e-4)


def test_shared_weights_train_with_three_views_and_serve_two_and_five(frames):
    model = tiny(view_encoding="shared")
    model.compile("adam")
    model.fit(tf.data.Dataset.from_tensors(frames).repeat(2), verbose=0)
    three = model(frames)["points_world"].numpy()
    two = model({name: value[:, :2] for name, value in frames.items()})
    five = model({name: np.concatenate([value, value[:, :2]], 1) for name, value in frames.items()})
    np.testing.assert_allclose(two["points_world"], three[:, :2], **NETWORK)
    np.testing.assert_allclose(five["points_world"], np.concatenate([three, three[:, :2]], 1), **NETWORK)
    assert model.evaluate(tf.data.Dataset.from_tensors({k: v[:, :1] for k, v in frames.items()}), verbose=0)


def test_separate_encoders_see_their_own_camera_alone(frames):
    model = tiny()
    before = model(frames)["points_world"].numpy()
    changed = {**frames, "image": frames["image"].copy()}
    changed["image"][:, 0] = 0
    after = model(changed)["points_world"].numpy()
    assert not np.allclose(after[:, 0], before[:, 0])
    np.testing.assert_allclose(after[:, 1:], before[:, 1:], **NETWORK)


def test_residual_adds_to_the_background_of_the_same_window(frames):
    model = tiny(background="residual")
    model(frames)
    floor = np.random.default_rng(1).integers(0, 255, (3, 20, 28, 3)).astype("uint8")
    model.set_background(floor)
    for head in (decoder.head for decoder in model.decoders):
        head.kernel.assign(tf.zeros_like(head.kernel))
    np.testing.assert_allclose(model(frames)["reconstruction"][0], floor[:, 2:18, 2:26] / 255, atol=1e-5)
    outputs = model(frames, training=True)
    np.testing.assert_allclose(outputs["reconstruction"], outputs["background"], atol=1e-5)


def test_the_total_is_the_weighted_sum_of_the_terms_and_follows_the_ramp_in_training_alone(frames):
    model = tiny(reconstruction=2.0, multiview_consistency=0.5, separation=0.3)
    model.compile("adam")
    dataset = tf.data.Dataset.from_tensors(frames)
    history = model.evaluate(dataset, verbose=0, return_dict=True)
    terms = {"reconstruction": 2.0, "multiview_consistency": 0.5, "separation": 0.3}
    assert history["loss"] == pytest.approx(sum(w * history[name] for name, w in terms.items()), rel=1e-5)
    model.multiview_ramp.assign(0.0)
    assert model.evaluate(dataset, verbose=0, return_dict=True)["loss"] == pytest.approx(history["loss"], rel=1e-5)
    without = float(model.compute_loss(frames, y_pred=model(frames), training=True))
    assert without == pytest.approx(history["loss"] - 0.5 * history["multiview_consistency"], rel=1e-4)


def test_lengths_are_measured_in_the_world_scale(frames):
    outputs = tiny()(frames)
    terms = [tiny(world_scale=scale).loss_terms(outputs)["multiview_consistency"].numpy() for scale in (1.0, 2.0)]
    np.testing.assert_allclose(terms[0], 4 * terms[1], rtol=1e-5)


def test_fit_overfits_one_batch(frames):
    keras.utils.set_random_seed(0)
    model = tiny(image_size=(20, 28), filters=8, noise=0.0)
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(tf.data.Dataset.from_tensors(frames).repeat(), steps_per_epoch=60, epochs=5, verbose=0).history
    assert set(history) == {"loss", "reconstruction", "multiview_consistency", "separation", "view_disagreement"}
    # One color for all pixels leaves the variance. Eight seeds ended with 0.16 to 0.19 of it; rounding matters less.
    assert history["reconstruction"][-1] < 0.3 * float(np.var(frames["image"] / 255))


@pytest.mark.slow
def test_it_trains_on_objects_with_alpha_and_keypointnet_on_frames(frames):
    alpha = {**frames, "image": np.concatenate([frames["image"], frames["image"][..., :1] // 250 * 255], -1)}
    model = tiny()
    model.compile("adam")
    model.fit(tf.data.Dataset.from_tensors(alpha), verbose=0)
    other = KeypointNet(num_keypoints=3, filters=4, dilations=(1, 2), silhouette=0.0, mean_depth=5.0)
    other.compile("adam")
    other.fit(tf.data.Dataset.from_tensors({name: value[:, :2] for name, value in frames.items()}), verbose=0)


@pytest.mark.parametrize("background", ["none", "residual"])
def test_keras_file_keeps_answers_config_background_and_ramp(frames, tmp_path, background):
    model = tiny(background=background, seed=3, fusion="mean")
    model(frames)
    if background != "none":
        model.set_background(frames["image"][0])
    model.multiview_ramp.assign(0.25)
    expected = model(frames)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == model.get_config()
    assert float(loaded.multiview_ramp) == 0.25
    for name, value in loaded(frames).items():
        np.testing.assert_array_equal(value, expected[name])


def test_saved_model_gives_the_same_numbers_for_another_batch_size(frames, tmp_path):
    model = tiny(view_encoding="shared")
    model(frames)
    signature = {name: tf.TensorSpec([None, None, *value.shape[2:]], value.dtype) for name, value in frames.items()}
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("detect", lambda inputs: model.detect(inputs), [signature])
    archive.write_out(tmp_path / "saved", verbose=False)
    part = {name: value[:3, :2] for name, value in frames.items()}
    loaded = tf.saved_model.load(tmp_path / "saved")
    served = loaded.detect(part)
    np.testing.assert_allclose(served["keypoints"], model(part)["keypoints"], **NETWORK)
    assert "reconstruction" not in served


@pytest.mark.usefixtures("half_precision")
def test_mixed_precision_keeps_points_and_cameras_in_float32(frames):
    model = tiny(dtype="mixed_bfloat16", background="features")
    outputs = model(frames)
    assert {value.dtype for value in outputs.values()} == {tf.float32}
    uv, depth = outputs["uv"].numpy(), outputs["depth"].numpy()
    cameras = frames["intrinsics"][1, 2], frames["extrinsics"][1, 2]
    expected = reference.unproject(uv[1, 2, 3], depth[1, 2, 3, 0], *cameras)
    np.testing.assert_allclose(outputs["points_world"][1, 2, 3], expected, atol=1e-4)
    np.testing.assert_allclose(model.detect(frames)["keypoints"], outputs["keypoints"], **NETWORK)
    floats = {**frames, "image": (frames["image"] / 255).astype("float32")}
    model.compile("adam")
    assert np.isfinite(model.evaluate(tf.data.Dataset.from_tensors(floats), verbose=0, return_dict=True)["loss"])


@pytest.mark.usefixtures("mixed_policy")
def test_a_training_step_under_a_mixed_policy_has_a_finite_loss_and_float32_answers(frames):
    model = tiny(background="features")
    model.compile("adam")
    assert np.isfinite(model.train_on_batch(frames)).all()
    assert {value.dtype for value in model(frames, training=True).values()} == {tf.float32}


def test_cameras_of_float64_are_taken(frames):
    doubled = {name: value.astype("float64") if name != "image" else value for name, value in frames.items()}
    model = tiny()
    np.testing.assert_allclose(model(doubled)["keypoints"], model(frames)["keypoints"], **NETWORK)


def test_a_model_that_shares_weights_has_the_views_of_its_background(frames):
    two = {name: value[:, :2] for name, value in frames.items()}
    model = tiny(view_encoding="shared", background="residual")
    assert model(two)["reconstruction"].shape[1] == 2
    with pytest.raises(ValueError, match="the 2 views of the model's background"):
        model(frames)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"num_keypoints": 0}, "num_keypoints"),
        ({"mean_depth": -1.0}, "mean_depth"),
        ({"view_encoding": "alone"}, "view_encoding"),
        ({"image_size": (18, 24)}, "image_size"),
        ({"separation": -1.0}, "separation"),
        ({"moving_weight": 1.0}, "background"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, name):
    with pytest.raises(ValueError, match=name):
        tiny(**arguments)


def test_a_missing_view_is_named_unless_weights_are_shared(frames):
    two = {name: value[:, :2] for name, value in frames.items()}
    with pytest.raises(ValueError, match="3 views"):
        tiny()(two)
    assert tiny(view_encoding="shared")(two)["uv"].shape == (4, 2, 5, 2)


def test_a_model_with_a_background_finds_the_same_points_in_fewer_views_and_says_that_it_rebuilds_no_fewer(frames):
    model = tiny(view_encoding="shared", background="residual")
    three = model(frames)["points_world"]
    two = {name: value[:, :2] for name, value in frames.items()}
    np.testing.assert_allclose(model.detect(two)["points_world"], three[:, :2], **NETWORK)
    with pytest.raises(ValueError, match="`detect`"):
        model(two)


def test_images_smaller_than_the_window_are_refused(frames):
    with pytest.raises(ValueError, match="size"):
        tiny(image_size=(24, 24))(frames)


def test_a_background_of_another_size_is_refused(frames):
    model = tiny(background="residual")
    model(frames)
    with pytest.raises(ValueError, match="images"):
        model.set_background(frames["image"][0, :, :16])


def test_fused_by_rays_all_views_take_over_one_depth(frames, rng):
    model = tiny(fusion="rays")
    outputs = {name: np.asarray(value, np.float64) for name, value in model(frames).items()}
    for b, v, k in np.ndindex(4, 3, 5):
        cameras = frames["intrinsics"][b, v], frames["extrinsics"][b, v]
        _, depth = reference.project(outputs["keypoints"][b, k], *cameras)
        uv, own = reference.project(outputs["points_world"][b, v, k], *cameras)
        np.testing.assert_allclose([outputs["depth"][b, v, k, 0], own], depth, rtol=1e-4)
        np.testing.assert_allclose(outputs["uv"][b, v, k], uv, atol=1e-4)
    plain = tiny(fusion="attention")
    plain(frames)
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(plain(frames)["uv"], outputs["uv"], atol=1e-5)


def test_depths_are_in_proportion_to_the_focal_length_where_one_is_given(frames):
    closer = {**frames, "intrinsics": frames["intrinsics"] * np.float32([[2], [2], [1]])}
    same, scaled = tiny(), tiny(focal=float(frames["intrinsics"][0, 0, 1, 1]))
    for model in (same, scaled):
        model(frames)
    scaled.set_weights(same.get_weights())
    np.testing.assert_allclose(same(closer)["depth"], same(frames)["depth"], rtol=1e-5)
    np.testing.assert_allclose(scaled(closer)["depth"], 2 * scaled(frames)["depth"], rtol=1e-5)
    np.testing.assert_allclose(scaled(frames)["depth"][:, 0], same(frames)["depth"][:, 0], rtol=1e-5)
    # What is drawn is as wide: twice as far away through twice the focal length.
    widths = [np.asarray(scaled(each)["gaussian_maps"]).sum() for each in (frames, closer)]
    assert np.isfinite(widths).all()


def test_a_background_with_each_frame_takes_the_place_of_the_one_of_all(frames, rng):
    model = tiny(background="residual")
    model(frames)
    still = rng.integers(0, 256, (3, 20, 28, 3), "uint8")
    model.set_background(still)
    expected = model(frames)
    given = model({**frames, "background": np.tile(still, (4, 1, 1, 1, 1))})
    np.testing.assert_allclose(given["reconstruction"], expected["reconstruction"], atol=1e-6)
    others = rng.integers(0, 256, (4, 3, 20, 28, 3), "uint8")
    outputs = model({**frames, "background": others})
    np.testing.assert_allclose(outputs["background"], others[:, :, 2:18, 2:26] / np.float32(255), atol=1e-6)
    np.testing.assert_allclose(
        outputs["reconstruction"] - outputs["background"],
        expected["reconstruction"] - expected["background"],
        atol=1e-5,
    )


def test_a_focal_length_must_be_positive():
    with pytest.raises(ValueError, match="focal=-1"):
        tiny(focal=-1.0)
