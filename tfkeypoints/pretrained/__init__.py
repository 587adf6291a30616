"""Trained models that come with this library: a folder each, found by its name wherever a run is asked for.

| file in NAME/ | content |
| --- | --- |
| `model.keras` | the model as Keras saves it, with weights in float16 |
| `config.json`, `history.csv` | of the run that it is from |
| `card.json`, `README.md` | what it is, what was measured of it, how it was made: for programs, and for people |
| `episode.npz` | of a moving scene: an episode that it never saw |

`python -m tfkeypoints.pretrained.make RUN NAME` makes one.
"""

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfkeypoints.pretrained.run import PretrainedRun


FOLDER = Path(__file__).parent
"""Where they lie."""


def names(method: str | None = None) -> list[str]:
    """The names of the pretrained models, all or those of a method.

    Args:
        method: A name in `tfkeypoints.methods.METHODS`, such as "keypointnet".

    Example:
        >>> "chairs_64" in names("keypointnet")
        True
    """
    from tfkeypoints import files

    found = sorted(path.parent.name for path in FOLDER.glob("[!.]*/card.json"))
    return [name for name in found if method in (None, files.read_json(FOLDER / name / "card.json")["model"])]


def find(name: str | Path, instead: str = "config.json") -> "PretrainedRun | None":
    """The pretrained model that is meant by what stands where a run is asked for.

    A run folder of the same name is taken before it, and this is said; any other file or folder of the name is not.

    Args:
        name: What stands there.
        instead: Pattern of what makes a folder of the name one that is meant.

    Returns:
        A `PretrainedRun`; None if such a folder is meant, or nothing that is known.
    """
    from tfkeypoints.pretrained.run import PretrainedRun

    if str(name) not in names():
        return None
    if any(Path(name).glob(instead)):
        _say(f"{name}: the folder of this name is taken, not the pretrained model")
        return None
    if Path(name).exists():
        _say(f"{name}: the pretrained model is taken, not what lies here under this name, which is no run")
    return PretrainedRun(FOLDER / name)


@functools.cache
def _say(sentence: str) -> None:
    """Says a sentence once."""
    print(sentence, file=sys.stderr)
