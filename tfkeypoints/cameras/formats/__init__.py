"""Formats of camera files, one module each.

A module has `NAME`, for messages; `recognises(source)`, whether a `cameras.source.Source` is of the format by what it
holds; `read(source)`, which returns a list of `cameras.camera.Camera`, or raises a ValueError that names file,
camera and key; and in some of them `write(path, calibration)`, which refuses what the format cannot say.
"""

NAMES = (
    *("native", "caliscope", "anipose", "pose2sim", "easymocap", "jarvis", "opencv", "colmap", "transforms", "kalibr"),
    *("multical", "qualisys", "dannce", "sleap"),
)
"""The modules, in the order in which they are asked."""
