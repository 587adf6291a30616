"""Lets sleap-io write a session: `python make_sleap.py` with sleap-io 0.9.5.

sleap-io projects nothing itself; its cameras are OpenCV's, so that `opencv4_folder/projected.json` holds their pixels.
"""

from pathlib import Path

import rig
import sleap_io

folder = Path(__file__).parent / "sleap"
folder.mkdir(exist_ok=True)
cameras = [
    sleap_io.Camera(name=name, size=size, matrix=matrix, dist=lens, rvec=vector, tvec=shift)
    for name, size, matrix, lens, vector, shift in zip(
        rig.NAMES, rig.SIZES, rig.MATRICES, rig.PINHOLE, rig.VECTORS, rig.TRANSLATIONS, strict=True
    )
]
group = sleap_io.CameraGroup(cameras=cameras, metadata={"error": 0.37})
session = sleap_io.RecordingSession(camera_group=group)
sleap_io.save_file(sleap_io.Labels(sessions=[session]), str(folder / "session.slp"))
