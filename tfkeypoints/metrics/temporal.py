"""How points behave over the frames of episodes: how far they move, how much they tremble, and relative to what."""

import numpy as np
from numpy.typing import ArrayLike

from tfkeypoints.metrics._arrays import as_array

RIGID = 1e-3
"""Cameras whose places change by less than this share of their distances count as one rigid rig."""


def motion(points: ArrayLike) -> np.ndarray:
    """Measures how far points move: the root mean square distance of each from its mean over all frames.

    Args:
        points: `[N, P, 3]` float, world units.

    Returns:
        World units, `[P]` float64.

    Example:
        >>> motion([[[0.0, 0.0, 1.0]], [[0.0, 0.0, 3.0]]]).tolist()
        [1.0]
    """
    points = as_array("points", points, None, None, 3)
    return np.sqrt(np.sum((points - points.mean(0)) ** 2, -1).mean(0))


def from_episode_mean(points: ArrayLike, episodes: ArrayLike) -> np.ndarray:
    """Takes from each point its mean over the episode.

    Args:
        points: `[N, P, 3]` float, world units.
        episodes: `[N]` of any type, which episode each frame belongs to.

    Returns:
        `[N, P, 3]` float64, world units.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.
    """
    points = as_array("points", points, None, None, 3)
    owner = _owners(episodes, len(points))
    return points - np.stack([points[owner == episode].mean(0) for episode in range(owner.max() + 1)])[owner]


def jitter(points: ArrayLike, episodes: ArrayLike, frames: ArrayLike) -> np.ndarray:
    """Measures how much points tremble: the root mean square of their second difference over time.

    j = sqrt(mean_t |x_{t+1} - 2 x_t + x_{t-1}|²)

    True motion has second differences as well: compare a keypoint's with those of what it follows.

    Args:
        points: `[N, P, 3]` float, world units, in order of time within each episode.
        episodes: `[N]` of any type, which episode each frame belongs to.
        frames: `[N]` integers, the time index within the episode.

    Returns:
        World units, `[P]` float64, over all triples of consecutive frames of one episode; NaN if there are none.

    Raises:
        ValueError: If a shape does not fit or a value is not finite.

    Example:
        >>> jitter([[[0, 0, 0]], [[0, 0, 1]], [[0, 0, 4]]], ["a"] * 3, [0, 1, 2]).tolist()
        [2.0]
    """
    points = as_array("points", points, None, None, 3)
    owner, frames = _owners(episodes, len(points)), as_array("frames", frames, len(points))
    follows = (np.diff(owner) == 0) & (np.diff(frames) == 1)
    triples = follows[1:] & follows[:-1]
    if not triples.any():
        return np.full(points.shape[1], np.nan)
    second = np.diff(points, 2, axis=0)[triples]
    return np.sqrt(np.sum(second**2, -1).mean(0))


def ride(extrinsics: ArrayLike) -> np.ndarray:
    """Tells how the cameras travel where they ride along as one rigid rig that does not turn, as with a walking robot.

    To what rides along, a point that stands still in the images seems to follow everything; relative to the cameras'
    centre it does not. For fixed cameras the centre is a constant.

    Args:
        extrinsics: `[N, V, 4, 4]` float, world to camera, rigid.

    Returns:
        The cameras' centre in each frame, world units, `[N, 3]` float64; zeros if they turn, or move each by itself.

    Raises:
        ValueError: If the shape does not fit or a value is not finite.
    """
    extrinsics = as_array("extrinsics", extrinsics, None, None, 4, 4)
    rotations = extrinsics[..., :3, :3]
    places = -np.squeeze(np.swapaxes(rotations, -1, -2) @ extrinsics[..., :3, 3:], -1)
    centre = places.mean(1)
    arms = places - centre[:, None]
    rigid = np.abs(arms - arms[0]).max() <= RIGID * max(np.linalg.norm(arms[0], axis=-1).max(), RIGID)
    if rigid and np.abs(rotations - rotations[0]).max() <= RIGID:
        return centre
    return np.zeros_like(centre)


def _owners(episodes: ArrayLike, count: int) -> np.ndarray:
    """Numbers the episodes from 0: `[N]` integers."""
    episodes = np.asarray(episodes)
    if episodes.shape != (count,):
        raise ValueError(f"`episodes` must have shape [{count}]. Received: episodes.shape={episodes.shape}")
    return np.unique(episodes, return_inverse=True)[1].reshape(-1)
