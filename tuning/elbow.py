"""Where more keypoints cease to be worth their while."""

from collections.abc import Mapping


def elbow(objective: Mapping[int, float], direction: str = "min") -> int | None:
    """Finds the bend in the curve of an objective over the number of keypoints.

    Both axes are scaled to [0, 1], and y is what has been gained over the least K, by the best K so far. The elbow is
    the K at which y - x is greatest: the point farthest above the straight line from the first point to the last.

    Args:
        objective: K to value; two or more.
        direction: "min" or "max": what is better.

    Returns:
        K: the least if no other is better; None if there are not three to choose from, or the gain does not level off.

    Reference: Satopaa et al., Finding a "Kneedle" in a Haystack, ICDCS Workshops 2011.
    Note: noise is met by taking the best so far, not by smoothing.

    Example:
        >>> elbow({4: 10.0, 8: 4.0, 12: 3.5, 16: 3.4})
        8
    """
    if len(objective) < 3:
        return None
    numbers = sorted(objective)
    sign = 1 if direction == "max" else -1
    gains = [max(sign * objective[k] for k in numbers[: place + 1]) for place in range(len(numbers))]
    whole = gains[-1] - gains[0]
    if not whole:
        return numbers[0]
    width = numbers[-1] - numbers[0]
    above = {k: (gain - gains[0]) / whole - (k - numbers[0]) / width for k, gain in zip(numbers, gains, strict=True)}
    best = max(above, key=above.__getitem__)
    return best if above[best] > 0 else None
