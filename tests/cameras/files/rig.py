"""Three invented cameras, and the points that every program whose files lie here projected with them.

The scripts `make_*.py` beside this file give these numbers to another program, let it write its own file, and keep
where that program sees the points. They are run by hand, each in an environment of its own with the package it names.
"""

import json
from pathlib import Path

import numpy as np

NAMES = ("left", "middle", "right")
SIZES = ((640, 480), (800, 600), (1280, 720))
MATRICES = np.array(
    [
        [[612.25, 0, 331.0625], [0, 598.5, 217.75], [0, 0, 1]],
        [[905.5, 0, 388.125], [0, 913.25, 321.5], [0, 0, 1]],
        [[1404.75, 0, 655.375], [0, 1398.0, 341.25], [0, 0, 1]],
    ]
)
PINHOLE = np.array(  # k1 k2 p1 p2 k3
    [
        [-0.281, 0.093, 0.00121, -0.00083, -0.0147],
        [-0.174, 0.041, -0.00067, 0.00142, 0.0031],
        [0.052, -0.118, 0.00035, 0.00091, 0.0264],
    ]
)
RATIONAL = np.array([[0.231, 0.017, 0.0052], [-0.124, 0.033, 0.0011], [0.083, -0.021, 0.0037]])  # k4 k5 k6
FISHEYE = np.array(  # k1 k2 k3 k4
    [[-0.031, 0.0123, -0.0047, 0.0009], [0.024, -0.0071, 0.0032, -0.0006], [-0.012, 0.0034, 0.0008, -0.0002]]
)
VECTORS = np.array([[0.31, -0.72, 0.18], [-0.12, 0.05, -0.27], [0.22, 0.68, -0.09]])
TRANSLATIONS = np.array([[0.42, -0.11, 2.31], [-0.07, 0.16, 2.05], [-0.53, 0.21, 2.64]])  # metres, world to camera
POINTS = np.array(
    [
        [0.0, 0.0, 0.0],
        [0.31, -0.12, 0.17],
        [-0.24, 0.22, -0.08],
        [0.11, 0.33, 0.26],
        [-0.37, -0.19, 0.29],
        [0.28, 0.14, -0.31],
        [-0.05, -0.34, 0.12],
    ]
)


def rotation(vector):
    """The rotation about a vector by its length: I + sin a [n] + (1 - cos a) [n]²."""
    angle = np.linalg.norm(vector)
    x, y, z = np.asarray(vector) / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


ROTATIONS = np.stack([rotation(vector) for vector in VECTORS])


def save(folder, version, pixels, points=POINTS, names=NAMES):
    """Writes `projected.json`: the package that projected, the points `[N, 3]`, and by camera its pixels `[N, 2]`."""
    pixels = {name: np.asarray(each, float).tolist() for name, each in zip(names, pixels, strict=True)}
    record = {"version": version, "points_world": np.asarray(points).tolist(), "pixels": pixels}
    path = Path(folder) / "projected.json"
    path.write_text(json.dumps(record, indent=1).replace("\n   ", " ").replace("\n  ]", " ]") + "\n")
