"""`tfkeypoints cameras check`."""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import tyro

from tfkeypoints.data.recordings.options import RecordingOptions


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check(RecordingOptions):
    """Tell whether cameras and a recording fit, before you train on them.

    What moves is found in each camera. A plane through two cameras that touches it in one image must touch it in the
    other, too; by how many pixels it misses is the epipolar distance. What would make them fit is named: recordings
    that are swapped, mirrored or late, another size or focal length, a camera that was turned since it was calibrated.

    If they do not fit, the last line says so and the exit code is 2. The picture shows a moment: lines in the color of
    another camera should touch the white outline.

    Example:
      tfkeypoints cameras check calibration.toml videos/
      tfkeypoints cameras check calibration.toml videos/ --offset left=5 --out check.png
      tfkeypoints cameras check calibration.toml videos/ --write repaired.json
    """

    cameras: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")]
    """File or folder with every camera, in any format that docs/cameras.md lists."""
    recording: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RECORDING")]
    """A folder with a sub-folder of images, or a video, for each camera."""
    out: Path = Path("cameras_check.png")
    """Picture to write."""
    write: Path | None = None
    """Camera file to write, with the cameras as they would fit; .json, or as `cameras convert` has it."""

    def __call__(self) -> None:
        from tfkeypoints.cameras.checks import alarms
        from tfkeypoints.cameras.reading import read_calibration
        from tfkeypoints.cameras.writing import write_calibration
        from tfkeypoints.data.recordings import find_recording
        from tfkeypoints.inspection import check, pictures
        from tfkeypoints.inspection.repair import repaired

        if self.out.suffix.lower() != ".png":
            raise ValueError(f"`out` should end in .png. Received: out={self.out}")
        calibration = read_calibration(self.cameras)
        if len(calibration.names) < 2:
            raise ValueError(f"`cameras` should hold two cameras or more. Received: {', '.join(calibration.names)}")
        for alarm in alarms(calibration):
            print(f"alarm: {alarm}", file=sys.stderr)
        recording = find_recording(self.recording, calibration.names, **self.reading())
        if not calibration.sizes.all():
            calibration = calibration.with_sizes(recording.sizes)
        for remark in recording.remarks:
            print(remark, file=sys.stderr)
        found = check.check(recording, calibration)
        rigs = {"as given": found.given}
        if found.repaired is not found.given:
            rigs["as it would fit"] = found.repaired
        for title, rig in rigs.items():
            print(f"\nMedian epipolar distance in pixels (and how many there are), {title}:")
            print(check.table(rig, calibration.names))
        print()
        for sentence in found.remarks:
            print(f"note: {sentence}")
        for sentence in found.alarms:
            print(f"alarm: {sentence}")
        print(pictures.draw(self.out, recording, calibration.names, rigs))
        if self.write:
            write_calibration(self.write, repaired(found.given, found.repaired, calibration.names))
            print(f"{self.write}: the cameras as they would fit")
        if found.alarms:
            raise ValueError(f"cameras and recording do not fit: {found.alarms[0]}")
        print(f"cameras and recording fit, to {check.overall(found.given):.1f} pixels")
