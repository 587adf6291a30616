"""The recordings of the benchmarks with known truth show what they should, and are measured by it."""

import numpy as np
import pytest

pytest.importorskip("embreex", reason="embreex is not installed (extra `rendering`)")

from tfkeypoints.data.sessions.selection import split_episodes
from tfkeypoints.rendering import scenes
from tfkeypoints.rendering.examples import Job


def test_each_recording_shows_an_episode_that_the_data_set_has_in_the_same_split():
    import simulated_rigs

    dealt = simulated_rigs.dealt()
    assert [split for split, _ in dealt] == split_episodes(simulated_rigs.EPISODES)
    for split in ("train", "validation", "test"):
        numbers = [number for name, number in dealt if name == split]
        assert numbers == list(range(len(numbers)))


def test_the_truth_of_a_frame_is_that_of_the_data_set():
    import simulated_rigs

    place = 4
    split, number = simulated_rigs.dealt()[place]
    job = Job(f"arm/{split}/{number:05d}", "arm", simulated_rigs.FRAMES, 0)
    examples = scenes.episode_examples(job, image_size=4, num_views=1, moving_cameras=False)
    found = {"instance": np.array([simulated_rigs.session_name(place)] * 2), "frame": np.array([3, 20])}
    expected = [examples[frame]["landmarks"] for frame in (3, 20)]
    np.testing.assert_array_equal(simulated_rigs.with_truth(found)["landmarks"], expected)


def test_errors_are_those_of_the_truth_and_ratios_those_of_each_seed(rng):
    import simulated_rigs

    landmarks = rng.normal(size=(40, 5, 3))
    extrinsics = np.broadcast_to(np.eye(4), (40, 2, 4, 4))
    seen = {
        "keypoints": landmarks[:, ::-1] + 2,
        "landmarks": landmarks,
        "instance": np.repeat(["a", "b"], 20),
        "frame": np.tile(np.arange(20), 2),
        "extrinsics": extrinsics,
        "intrinsics": np.broadcast_to(np.eye(3), (40, 2, 3, 3)),
        "attention": np.ones((40, 2, 5)),
        "uv": np.zeros((40, 2, 5, 2)),
        "points_world": np.repeat(landmarks[:, None, ::-1] + [0, 0, 5], 2, 1),
    }
    runs = {}
    for kind, shift in (("recordings", [0.03, 0, 0.04]), ("ideal", [0.02, 0, 0])):
        held_out = {**seen, "keypoints": seen["keypoints"] + shift}
        told = simulated_rigs.told(seen, held_out, simulated_rigs.LANDMARK_NAMES)
        assert told["tracking_error_cm"] == pytest.approx(100 * np.linalg.norm(shift))
        runs[3, kind] = [told, told]
    compared = simulated_rigs.compared(runs)
    assert [run["tracking_error_cm ratio"] for run in compared["3 cameras: lenses, noise, videos"]] == pytest.approx(
        [2.5, 2.5]
    )


def test_noise_has_the_standard_deviation_that_is_asked_for(rng):
    import simulated_rigs

    noisy = simulated_rigs.noisy(np.full((64, 64, 3), 128, np.uint8), rng)
    # Of 12,288 values: the error of a standard deviation is σ / √(2 n).
    assert np.std(noisy.astype(float)) == pytest.approx(np.hypot(simulated_rigs.NOISE, 12**-0.5), rel=0.03)


def test_the_figure_is_seen_where_its_landmarks_project_to():
    import following_windows
    import lens_recordings
    from walking_figure import LANDMARK_NAMES, Walk, room_images

    rig, walk = following_windows.cameras(), Walk(41)
    studio = lens_recordings.Studio({"lens": rig}, 480, samples=1, behind=room_images)
    for time in (3, 30):
        images, still = studio.film(walk.mesh(time))["lens"], studio.rest("lens")
        pelvis = rig.project(walk.landmarks[time, [LANDMARK_NAMES.index("pelvis")]])[:, 0]
        feet = rig.project(walk.landmarks[time, -2:])
        for image, empty, middle, steps in zip(images, still, pelvis, feet, strict=True):
            rows, columns = np.nonzero(np.abs(image.astype(int) - empty).sum(-1) > 60)
            height = np.ptp(rows)
            assert abs(columns.mean() - middle[0]) < 0.2 * height
            assert abs(rows.mean() - middle[1]) < 0.2 * height
            assert abs(rows.max() - steps[:, 1].max()) < 0.15 * height


def test_the_figure_walks_several_lengths_of_its_body():
    from walking_figure import LANDMARK_NAMES, Walk

    walk = Walk(200)
    pelvis = walk.landmarks[:, LANDMARK_NAMES.index("pelvis")]
    assert np.ptp(pelvis[:, 0]) > 3 * 1.7
    head, feet = walk.landmarks[:, 0, 2], walk.landmarks[:, -2:, 2]
    assert 1.5 < head.min() < head.max() < 1.75
    assert -0.05 < feet.min() < 0.1
