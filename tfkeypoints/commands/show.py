"""`tfkeypoints show`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from tfkeypoints import pretrained


@dataclasses.dataclass(frozen=True, kw_only=True)
class Show:
    """Draw what the pretrained models find in things that they never saw, within a minute and without training.

    Objects are rendered for this (extra `rendering`); of a moving scene, an episode that lies beside the model is
    drawn. Writes a folder of pictures a model, and index.html with all of them.

    Example:
      tfkeypoints show
      tfkeypoints show chairs_64 --out chairs
    """

    names: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="NAME")] = ()
    """Pretrained models; by default all."""
    out: Path = Path("runs/show")
    """Folder to write."""

    def __call__(self) -> Path:
        """Draws, and returns the page."""
        from tfkeypoints.arguments import check_choice
        from tfkeypoints.pretrained import page
        from tfkeypoints.pretrained.run import PretrainedRun

        known, shown = pretrained.names(), {}
        for name in self.names:
            check_choice(known, names=name)
        for name in self.names or known:
            run = PretrainedRun(pretrained.FOLDER / name)
            found = run.recipe.evaluation().show(run, run.load_model(), self.out / name)
            shown[name] = run.card, found
            print(f"{name}: {', '.join(map(str, found))}")
        print(f"Open {page.write(self.out / 'index.html', shown)}")
        return self.out / "index.html"
