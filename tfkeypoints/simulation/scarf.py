"""A scarf on a table and a hand with two wide fingers that is to fold it: a Gymnasium environment on MuJoCo."""

import colorsys
from collections.abc import Callable
from typing import Any

import gymnasium
import mujoco
import numpy as np
from gymnasium import spaces

from tfkeypoints.simulation.folding import COLUMNS, POINTS, ROWS, STEPS_PER_SECOND, is_folded
from tfkeypoints.simulation.scene import compiled

HAND_BODIES = ("hand", "front_finger", "back_finger")
HAND_SPEED = 0.5
"""Metres a second at full speed, along each axis."""

CLOSING_TIME = 0.2
"""Seconds that the open fingers take to close at full speed."""

GRIP_OPENING = 0.5
"""Opening, from 0 (closed) to 1, below which the fingers hold what was between them."""

GRIP_REACH = np.array([0.03, 0.085, 0.03])
"""Half the size of the box about the fingertips in which vertices of the scarf are gripped, metres."""

FINGER_WAY = 0.035  # of each finger, from closed to open, metres
HAND_LOWEST, HAND_HIGHEST = np.array([-0.4, -0.3, 0.01]), np.array([0.4, 0.3, 0.3])
HAND_START, HAND_START_RANGE = np.array([0.0, 0.0, 0.18]), np.array([0.15, 0.1, 0.05])
SCARF_SHIFT, SCARF_TURN = 0.05, np.deg2rad(20.0)
REWARD_PER_METRE, SUCCESS_REWARD = 10.0, 10.0
SUBSTEPS = 4
TEXELS = 16  # along a side of a square of the scarf
MODEL = f"""
<mujoco>
  <option timestep="{1 / STEPS_PER_SECOND / SUBSTEPS}" solver="CG" iterations="10"/>
  <visual><headlight ambient=".45 .45 .45" diffuse=".5 .5 .5" specular="0 0 0"/></visual>
  <asset>
    <texture name="tiles" type="2d" builtin="checker" rgb1=".35 .37 .4" rgb2=".45 .47 .5" width="64" height="64"/>
    <material name="tiles" texture="tiles" texrepeat="16 16"/>
    <material name="cloth" texture="cloth"/>
  </asset>
  <default><geom contype="0" conaffinity="0"/></default>
  <worldbody>
    <geom type="plane" size="6 6 .1" pos="0 0 -.4" material="tiles"/>
    <geom type="box" size=".5 .4 .02" pos="0 0 -.02" rgba=".78 .66 .5 1" contype="1" conaffinity="1"/>
    <flexcomp name="scarf" type="grid" dim="2" count="{COLUMNS} {ROWS} 1" spacing=".05 .04 .05" mass=".1" radius=".006"
        pos="0 0 .006" material="cloth">
      <edge equality="true" damping=".01"/>
      <contact friction=".8" selfcollide="auto"/>
    </flexcomp>
    <body name="hand" mocap="true">
      <site name="fingertips"/>
      <geom type="box" size=".05 .08 .015" pos="0 0 .105" rgba=".2 .2 .22 1"/>
      <geom type="cylinder" size=".018 .1" pos="0 0 .2" rgba=".35 .35 .38 1"/>
    </body>
    <body name="front_finger" mocap="true">
      <geom type="box" size=".006 .08 .045" pos=".006 0 .045" rgba=".95 .95 .95 1"/>
    </body>
    <body name="back_finger" mocap="true">
      <geom type="box" size=".006 .08 .045" pos="-.006 0 .045" rgba=".95 .95 .95 1"/>
    </body>
  </worldbody>
</mujoco>
"""


class FoldScarf(gymnasium.Env):
    """A scarf is to be folded in half: its loose end, which is red, laid upon the far one, which is blue.

    The scarf is 55 x 16 cm, a grid of 12 x 5 vertices whose edges keep their lengths. The hand is kinematic: nothing
    stops it but the bounds of its space. Where its fingers close, the vertices between them are tied to the hand until
    they open; otherwise it passes through the cloth.

    The action `[4]` in [-1, 1] is the hand's velocity along the world's axes, 0.5 m/s at full speed, and how fast the
    fingers close; at 0 they stay as they are. The state `[26]` is the place of the fingertips, their opening (1: open),
    whether they hold something, and the scarf's `POINTS`, in metres.

    With g the mean distance of the loose corners from the matching far ones, and h that of the fingertips from the
    loose end's middle, a step's reward is 10 (g + h before - g + h after), in metres, and 10 on success, which ends the
    episode. `info["success"]`: the scarf lies folded (see `folding.is_folded`) and the hand holds nothing.

    Episodes differ in where the scarf lies (5 cm along both axes, 20° about the vertical) and in where the hand starts.

    Args:
        edit: Function of the `mujoco.MjSpec` that changes it in place before it is compiled: adds cameras.
    """

    def __init__(self, edit: Callable[[mujoco.MjSpec], None]) -> None:
        spec = mujoco.MjSpec.from_string(MODEL)
        _add_cloth_texture(spec)
        _add_grips(spec)
        edit(spec)
        self.model = compiled(spec)
        self.data = mujoco.MjData(self.model)
        self._vertices = np.array([self.model.body(f"scarf_{index}").id for index in range(COLUMNS * ROWS)])
        self._grips = np.array([self.model.eq(f"grip_{index}").id for index in range(COLUMNS * ROWS)])
        self._points = np.array([self.model.body(name).id for name in POINTS.values()])
        self._mocaps = np.array([self.model.body(name).mocapid[0] for name in HAND_BODIES])
        self.action_space = spaces.Box(-1, 1, (4,), np.float32)
        self.observation_space = spaces.Box(-np.inf, np.inf, (5 + 3 * len(POINTS),), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        mujoco.mj_resetData(self.model, self.data)
        shift = self.np_random.uniform(-SCARF_SHIFT, SCARF_SHIFT, 2)
        turn = self.np_random.uniform(-SCARF_TURN, SCARF_TURN)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        flat = self.model.body_pos[self._vertices]
        displaced = np.zeros_like(flat)
        displaced[:, :2] = flat[:, :2] @ rotation.T + shift - flat[:, :2]
        self.data.qpos[:] = displaced.ravel()  # each vertex has three sliding joints
        self._hand = HAND_START + self.np_random.uniform(-HAND_START_RANGE, HAND_START_RANGE)
        self._opening = 1.0
        self._place_hand()
        mujoco.mj_forward(self.model, self.data)
        return self._observation(), {"success": False}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        action = np.clip(action, -1, 1)
        before = self._left_to_do()
        self._hand = np.clip(self._hand + action[:3] * HAND_SPEED / STEPS_PER_SECOND, HAND_LOWEST, HAND_HIGHEST)
        self._move_fingers(action[3])
        self._place_hand()
        mujoco.mj_step(self.model, self.data, SUBSTEPS)
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_flex(self.model, self.data)
        success = is_folded(self._scarf()) and not self._holds()
        reward = REWARD_PER_METRE * (before - self._left_to_do()) + SUCCESS_REWARD * success
        return self._observation(), reward, success, False, {"success": success}

    def _move_fingers(self, closing: float) -> None:
        was_open = self._opening >= GRIP_OPENING
        self._opening = np.clip(self._opening - closing / (CLOSING_TIME * STEPS_PER_SECOND), 0, 1)
        if self._opening >= GRIP_OPENING:
            self.data.eq_active[self._grips] = False
        elif was_open:
            offsets = self.data.xpos[self._vertices] - self._hand
            between = (np.abs(offsets) < GRIP_REACH).all(axis=1)
            self.model.eq_data[self._grips[between], :6] = np.pad(offsets[between], ((0, 0), (0, 3)))
            self.data.eq_active[self._grips[between]] = True

    def _place_hand(self) -> None:
        aside = np.array([FINGER_WAY * self._opening, 0, 0])
        self.data.mocap_pos[self._mocaps] = self._hand + [np.zeros(3), aside, -aside]

    def _holds(self) -> bool:
        return bool(self.data.eq_active[self._grips].any())

    def _scarf(self) -> np.ndarray:
        return self.data.xpos[self._points]

    def _left_to_do(self) -> float:
        loose_end, *corners = self._scarf()[:5]
        gaps = np.linalg.norm(np.subtract(corners[:2], corners[2:]), axis=1)
        return gaps.mean() + np.linalg.norm(loose_end - self._hand)

    def _observation(self) -> np.ndarray:
        return np.array([*self._hand, self._opening, self._holds(), *self._scarf().ravel()], np.float32)


def _add_grips(spec: mujoco.MjSpec) -> None:
    """Adds what can tie each vertex to the hand; all of it starts untied."""
    for index in range(COLUMNS * ROWS):
        grip = spec.add_equality()
        grip.type, grip.objtype, grip.active = mujoco.mjtEq.mjEQ_CONNECT, mujoco.mjtObj.mjOBJ_BODY, False
        grip.name, grip.name1, grip.name2 = f"grip_{index}", "hand", f"scarf_{index}"


def _add_cloth_texture(spec: mujoco.MjSpec) -> None:
    """Paints squares from blue at the far end to red at the loose one, every second one darker."""
    columns, rows = COLUMNS - 1, ROWS - 1
    hues = 0.66 * (1 - np.arange(columns) / (columns - 1))
    squares = [
        [colorsys.hsv_to_rgb(hue, 0.85, 0.95 if (row + column) % 2 else 0.7) for column, hue in enumerate(hues)]
        for row in range(rows)
    ]
    pixels = np.kron(squares, np.full((TEXELS, TEXELS, 1), 255)).astype(np.uint8)
    texture = spec.add_texture()
    texture.name, texture.type, texture.data = "cloth", mujoco.mjtTexture.mjTEXTURE_2D, pixels.tobytes()
    texture.height, texture.width, texture.nchannel = pixels.shape
