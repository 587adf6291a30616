"""Pictures of keypoints: functions return uint8 RGB, `save_image` and `write_animation` write it; and pages in 3D.

One keypoint has one color, that of `palette`, in every picture.
"""

from tfkeypoints.visualization.curves import error_curve, training_curves
from tfkeypoints.visualization.episode import episode_frames, episode_tiles
from tfkeypoints.visualization.files import save_image, write_animation
from tfkeypoints.visualization.overlay import compose, draw_keypoints
from tfkeypoints.visualization.palette import palette
from tfkeypoints.visualization.panel import keypoint_panel
from tfkeypoints.visualization.rig_page import write_rig_page
from tfkeypoints.visualization.scene_page import write_scene_page
from tfkeypoints.visualization.sheets import contact_sheet, heatmap_panel
from tfkeypoints.visualization.turntable import turntable_frames

__all__ = [
    "compose",
    "contact_sheet",
    "draw_keypoints",
    "episode_frames",
    "episode_tiles",
    "error_curve",
    "heatmap_panel",
    "keypoint_panel",
    "palette",
    "save_image",
    "training_curves",
    "turntable_frames",
    "write_animation",
    "write_rig_page",
    "write_scene_page",
]
