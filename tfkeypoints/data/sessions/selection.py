"""Which frames of recordings are trained on, and which are held out. NumPy only."""

import numpy as np

SPLITS = ("train", "validation", "test")
HELD_OUT = 0.1
"""Share of the frames, or of the episodes, for validation, and the same for testing."""
GAP = 0.02
"""Share of the frames between two splits of one recording, which belong to none; at least one frame."""
EPISODES = 3
"""Recordings from which on each belongs to one split."""
ALIKE = 1.0
"""Frames whose pixels differ by less, of 255 (root mean square), are alike."""


def split_episodes(count: int, seed: int = 0) -> list[str]:
    """The split of each of `EPISODES` or more recordings, dealt by chance: a tenth, at least one, to be held out."""
    held_out = max(1, round(HELD_OUT * count))
    dealt = ["validation"] * held_out + ["test"] * held_out + ["train"] * (count - 2 * held_out)
    return [dealt[place] for place in np.argsort(np.random.default_rng(seed).permutation(count))]


def split_time(count: int) -> dict[str, tuple[int, int]]:
    """Cuts the T frames of a recording: the first to train on, a gap, some to validate, a gap, the last to test.

    Args:
        count: T frames, at least 10.

    Returns:
        Split to its first frame and the one behind its last.

    Raises:
        ValueError: If they are too few.

    Example:
        >>> split_time(100)
        {'train': (0, 76), 'validation': (78, 88), 'test': (90, 100)}
    """
    if count < 10:
        raise ValueError(f"`recording` should hold 10 frames or more of all cameras. Received: {count}")
    held_out, gap = max(1, round(HELD_OUT * count)), max(1, round(GAP * count))
    test = count - held_out
    validation = test - gap - held_out
    return {"train": (0, validation - gap), "validation": (validation, test - gap), "test": (test, count)}


def different(looks: np.ndarray, most: int) -> np.ndarray:
    """Chooses frames that differ: each the one that is farthest from those chosen before, until the rest are alike.

    Args:
        looks: uint8 `[N, D]`.
        most: Frames wanted at most.

    Returns:
        Places of the chosen ones, rising.
    """
    looks = looks.astype(np.float32)
    chosen = [0]
    apart = np.full(len(looks), np.inf, np.float32)
    while len(chosen) < most:
        np.minimum(apart, np.square(looks - looks[chosen[-1]]).mean(1), out=apart)
        farthest = int(apart.argmax())
        if apart[farthest] < ALIKE**2:
            break
        chosen.append(farthest)
    return np.sort(chosen)
