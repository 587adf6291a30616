"""Pictures of keypoints: every function returns uint8 RGB, and `save_image` and `write_animation` write it.

One keypoint has one colour, that of `palette`, in every picture.
"""

from tfkeypoints.visualization.curves import error_curve, training_curves
from tfkeypoints.visualization.files import save_image, write_animation
from tfkeypoints.visualization.overlay import compose, draw_keypoints
from tfkeypoints.visualization.palette import palette
from tfkeypoints.visualization.sheets import contact_sheet, heatmap_panel
from tfkeypoints.visualization.turntable import turntable_frames

__all__ = [
    "compose",
    "contact_sheet",
    "draw_keypoints",
    "error_curve",
    "heatmap_panel",
    "palette",
    "save_image",
    "training_curves",
    "turntable_frames",
    "write_animation",
]
