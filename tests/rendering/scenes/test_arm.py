"""The arm: its links keep their lengths, and its surfaces are where its joints are."""

import numpy as np
import pytest

from tfkeypoints.rendering.scenes import arm

TIPS = [[0.1, 0.2, 0.05], [0.3, -0.1, 0.035], [0.0, 0.0, 0.3], [-0.38, 0.45, 0.2], [-0.3, -0.3, 0.1]]


@pytest.mark.parametrize("tip", TIPS)
def test_links_keep_their_lengths_and_the_elbow_is_up(tip):
    elbow, wrist, forward = arm.joints(tip)
    np.testing.assert_allclose(np.linalg.norm(elbow - arm.SHOULDER), arm.UPPER_ARM)
    np.testing.assert_allclose(np.linalg.norm(wrist - elbow), arm.FOREARM)
    np.testing.assert_allclose(wrist - tip, [0, 0, arm.HAND], atol=1e-12)
    share = (elbow - arm.SHOULDER) @ (wrist - arm.SHOULDER) / np.sum((wrist - arm.SHOULDER) ** 2)
    assert elbow[2] > (arm.SHOULDER + share * (wrist - arm.SHOULDER))[2]
    level = (np.array(tip) - arm.BASE)[:2]
    np.testing.assert_allclose(forward, [*(level / np.linalg.norm(level)), 0], atol=1e-12)
    assert abs(np.cross(forward, elbow - arm.SHOULDER)[2]) < 1e-12  # all links lie in one upright plane


def test_stretched_arm_has_its_elbow_on_a_straight_line():
    tip = arm.SHOULDER + [arm.UPPER_ARM + arm.FOREARM - 1e-9, 0, -arm.HAND]
    np.testing.assert_allclose(arm.joints(tip)[0], arm.SHOULDER + [arm.UPPER_ARM, 0, 0], atol=1e-4)


def test_tip_out_of_reach_raises():
    with pytest.raises(ValueError, match=r"0.02 to 0.78 m .*Received: tip=\[1.0, 0.0, 0.1\].*at 1.38"):
        arm.joints([1.0, 0, 0.1])


@pytest.mark.parametrize("opening", [0.0, 0.4, 1.0])
def test_tip_lies_between_the_ends_of_the_fingers(opening):
    tip = np.array([0.1, 0.2, 0.05])
    fingers = [surface[0] for surface, color in arm.surfaces(tip, opening) if color is arm.GREEN]
    ends = [vertices[vertices[:, 2] < tip[2] + 1e-9][:, :3].mean(axis=0) for vertices in fingers]
    np.testing.assert_allclose(np.mean(ends, axis=0), tip, atol=1e-12)
    gap = np.linalg.norm(ends[0] - ends[1]) - arm.FINGER_THICKNESS
    np.testing.assert_allclose(gap, opening * arm.WIDEST_GAP, atol=1e-12)
