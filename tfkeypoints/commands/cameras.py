"""`tfkeypoints cameras info`, `show` and `convert`."""

import dataclasses
from pathlib import Path
from typing import Annotated, Literal

import tyro

File = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FILE")]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Info:
    """Tell what a camera file says, in numbers that a ruler can check.

    Sizes, focal lengths, fields of view and lenses; where the cameras stand, how far apart, and where their optical
    axes come nearest to each other, with how far each misses that place; and what is unusual about them. Measure one
    distance between two cameras: if it differs by a factor, so does everything that is predicted. Lengths are in the
    unit of the file, whatever it is.

    Example:
      tfkeypoints cameras info calibration.toml
      tfkeypoints cameras info colmap/sparse/0
    """

    file: File
    """File or folder with every camera, in any format that docs/cameras.md lists."""

    def __call__(self) -> None:
        from tfkeypoints.cameras import checks, reading
        from tfkeypoints.cameras.report import describe
        from tfkeypoints.cameras.summary import summarize

        calibration = reading.read_calibration(self.file)
        print(f"format: {reading.format_of(self.file)}\n")
        print(describe(calibration, summarize(calibration)))
        print("\n".join(["\nalarms:", *(f"  {alarm}" for alarm in checks.alarms(calibration) or ["none"])]))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Show:
    """Draw cameras in 3D: what each sees, where it looks, and where the optical axes meet.

    Writes one page for the browser that needs nothing else; turn it with the mouse. All axes have one scale, in the
    unit of the file. Borders of images are bent as the lens bends them; the gable is on the image's upper side.

    Example:
      tfkeypoints cameras show calibration.toml
      tfkeypoints cameras show calibration.toml --out rig.html
    """

    file: File
    """File or folder with every camera, in any format that docs/cameras.md lists."""
    out: Path | None = None
    """Page to write; by default rig.html beside the cameras."""

    def __call__(self) -> None:
        from tfkeypoints.calibration import read_calibration
        from tfkeypoints.visualization import write_rig_page

        calibration = read_calibration(self.file)
        print(
            write_rig_page(
                self.out or self.file.resolve().parent / "rig.html", calibration, f"unit of {self.file.name}"
            )
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Convert:
    """Write cameras in another program's format.

    OUT's ending says which: .json is this library's (transforms.json nerfstudio's), .toml anipose's, .yml or .yaml
    OpenCV's FileStorage, and a name without an ending a folder for COLMAP. Cameras are written as they are: axes of the
    world and unit stay. What a format cannot say, such as a skew or too many lens coefficients, is an error, and
    nothing is written. The last line says how far points lie from where they lay, once it is read again.

    Example:
      tfkeypoints cameras convert camchain.yaml calibration.toml
      tfkeypoints cameras convert calibration.toml cameras.yml
      tfkeypoints cameras convert calibration.toml rig.json --to nerfstudio
    """

    file: File
    """File or folder with every camera, in any format that docs/cameras.md lists."""
    out: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT")]
    """File to write, or folder for COLMAP."""
    to: Literal["tfkeypoints", "anipose", "opencv", "nerfstudio", "colmap"] | None = None
    """Format, where OUT's ending should not say it."""

    def __call__(self) -> None:
        from tfkeypoints.calibration import read_calibration, write_calibration
        from tfkeypoints.cameras.summary import largest_difference

        calibration = read_calibration(self.file)
        to = write_calibration(self.out, calibration, self.to)
        written = read_calibration(self.out)
        if written.names != calibration.names:
            print(f"the order of the cameras is now that of their names: {', '.join(written.names)}")
        moved = largest_difference(calibration, written)
        print(
            f"{self.out}: {len(written.names)} cameras for {to}; points lie within {moved:.1g} pixels of where they lay"
        )
