"""Recordings of several cameras on disk, as images or videos: reading them, and pairing what was seen at one time."""

from tfkeypoints.data.recordings.find import find_recording
from tfkeypoints.data.recordings.images import check_bits, find_images, read_image, used_bits
from tfkeypoints.data.recordings.masks import find_masks
from tfkeypoints.data.recordings.missing import Missing
from tfkeypoints.data.recordings.recording import Recording
from tfkeypoints.data.recordings.video_frame import VideoFrame

__all__ = [
    "Missing",
    "Recording",
    "VideoFrame",
    "check_bits",
    "find_images",
    "find_masks",
    "find_recording",
    "read_image",
    "used_bits",
]
