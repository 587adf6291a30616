"""That what is wrong with somebody else's environment is named, each thing by a sentence of its own."""

import pytest

pytest.importorskip("gymnasium", reason="Gymnasium is not installed (extra `control`)")

import numpy as np
from gymnasium import spaces

from tests.control.environments.third_party import Shown, right_entries
from tfkeypoints.control.environments.check import check
from tfkeypoints.control.environments.schema import VISIBLE_KEYS

RIGHT = right_entries()
IN_PIXELS = np.tile(np.float32([[14, 0, 7.5], [0, 14, 5.5], [0, 0, 1]]), (2, 1, 1))


def changed(name, index, value):
    array = RIGHT[name].copy()
    array[index] = value
    return {name: array}


@pytest.mark.parametrize("keys", [VISIBLE_KEYS, ("state",), ("image", "proprioception")])
def test_nothing_is_said_of_an_environment_in_which_nothing_is_wrong(keys):
    assert check(Shown(), keys) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"changes": {"image": None}}, "`image` is missing: `image`, `intrinsics`, `extrinsics`, `proprioception` are"),
        ({"changes": {"image": RIGHT["image"] / np.float32(255)}}, "`image` must be uint8 from 0 to 255, but is float"),
        ({"changes": {"image": RIGHT["image"][0]}}, r"`image` must have the shape [V, H, W, 3], but has [12, 16, 3]"),
        ({"changes": {"image": RIGHT["image"][:1]}}, "1 in `image`, 2 in `intrinsics`, 2 in `extrinsics`"),
        ({"changes": {"intrinsics": IN_PIXELS}}, "look like pixels: the principal point of the first camera is [7.5, "),
        ({"changes": {"intrinsics": IN_PIXELS.astype(int)}}, "`intrinsics` must be float32, but is int64"),
        ({"changes": changed("intrinsics", (1, 2), [0.1, 0, 1])}, "`intrinsics` must have positive focal lengths and "),
        ({"changes": changed("extrinsics", (0, 0, 0), 1.5)}, "`extrinsics` must be rigid, world to camera"),
        ({"changes": changed("extrinsics", (0, 0, 3), np.nan)}, "Received: in view 0 entries that are not finite"),
        ({"changes": {"proprioception": np.array([np.inf])}}, "`proprioception` must be finite"),
        ({"changes": {"extrinsics": RIGHT["extrinsics"][:, :3]}}, "[V, 4, 4], but has [2, 3, 4]"),
        ({"changes": {"proprioception": np.zeros((0,))}}, "`proprioception` must have the shape [P], but has [0]"),
        (
            {"promised": {"image": RIGHT["image"][:, :6]}},
            "the space says, uint8 [2, 6, 16, 3], but is uint8 [2, 12, 16",
        ),
        ({"changes": {"image": RIGHT["image"] / 255}, "promised": {"image": RIGHT["image"]}}, "but is float64 [2, 12"),
        ({"space": spaces.Box(-1, 1, (4,))}, "observations must be a gymnasium.spaces.Dict with `image`, "),
        ({"space": spaces.Tuple([spaces.Discrete(2)])}, "observations must be a gymnasium.spaces.Dict with `image`, "),
        ({"changes": {"state": None}, "reset_result": RIGHT}, "`reset` must return an observation and a dict `info`"),
        ({"reset_result": (RIGHT, None)}, "`reset` must return an observation and a dict `info`"),
        ({"reset_result": (RIGHT["image"], {})}, "`reset` must return observations that are a dict, but returns a nda"),
        ({"reset_result": ({}, {})}, "`extrinsics` is missing in what `reset` returns"),
        ({"step_result": (RIGHT, 1.0, False, {})}, "truncated and info, but returns 4 values"),
        ({"step_result": (RIGHT, np.nan, False, False, {})}, "the reward must be a finite number, but is nan"),
        ({"step_result": (RIGHT, np.ones(2), False, False, {})}, "the reward must be a finite number, but is [1. 1.]"),
        ({"info": {"success": [True, False]}}, '`info["success"]` must be True or False'),
        ({"info": {"success": "no"}}, '`info["success"]` must be True or False, but is no'),
    ],
)
def test_what_is_wrong_is_named(wrong, sentence):
    with pytest.raises(ValueError, match=r"`env` must be as docs/control\.md, `Your own environment`") as raised:
        check(Shown(**wrong), VISIBLE_KEYS)
    assert sentence in str(raised.value)


def test_all_that_is_wrong_is_named_once():
    changes = {"image": RIGHT["image"][:1, ..., :1], "intrinsics": IN_PIXELS, "proprioception": None}
    with pytest.raises(ValueError) as raised:
        check(Shown(changes | changed("extrinsics", (0, 0, 0), -5.0), info={"success": "no"}), VISIBLE_KEYS)
    lines = str(raised.value).splitlines()[1:]
    starts = ("`proprioception`", "`image`", "the number of cameras", "`intrinsics`", "`extrinsics`", "`info[")
    assert all(line.strip().startswith(start) for line, start in zip(lines, starts, strict=True)), lines


def test_images_of_another_size_than_was_asked_for_are_refused():
    assert check(Shown(), ("state",), image_size=12) == []
    with pytest.raises(ValueError, match="image_size=12, but has 12 x 16"):
        check(Shown(), VISIBLE_KEYS, image_size=12)


@pytest.mark.parametrize("space", [spaces.Box(-1, 1, (2, 2)), spaces.Discrete(3)])
def test_a_state_that_is_no_vector_is_refused(space):
    with pytest.raises(ValueError, match=r"must be a gymnasium\.spaces\.Dict with `state`"):
        check(Shown(space=space), ("state",))


def test_a_lone_vector_is_a_state():
    assert check(Shown(space=spaces.Box(-1, 1, (4,))), ("state",)) == []


class Restless(Shown):
    """Shows something else at each reset."""

    def reset(self, *, seed=None, options=None):
        self.shown = {**self.shown, "image": self.shown["image"] + np.uint8(1)}
        return super().reset(seed=seed)


@pytest.mark.parametrize(
    ("env", "notice"),
    [
        (Shown(info={}), "success rates stay unknown"),
        (Shown(changed("image", 1, 7)), "camera 1 shows one color only"),
        (Shown({"extrinsics": np.float32(np.diag([1, -1, -1, 1])) @ RIGHT["extrinsics"]}), "lies behind the cameras"),
        (Restless(), "`reset` with the same seed gives another image"),
    ],
)
def test_what_can_only_be_suspected_is_said(env, notice):
    (said,) = check(env, VISIBLE_KEYS)
    assert notice in said


def test_one_camera_is_enough_where_nothing_else_needs_two():
    assert check(Shown({name: RIGHT[name][:1] for name in VISIBLE_KEYS[:3]}), VISIBLE_KEYS) == []
