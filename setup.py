"""Packaging: metadata, dependencies with the reason for each, and the two packages that live outside tfkeypoints/."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "tfkeypoints/__init__.py").read_text(encoding="utf-8"))[1]

CORE = [
    "numpy>=1.26",  # cameras, meshes and metrics outside the graph
    "tensorflow>=2.21",  # tensors, tf.data, SavedModel
    "keras>=3.12",  # layers, models, fit; 3.12 is the newest for Python 3.10
    # Rotations (SVD, Euler, quaternion). It declares tensorflow-addons, which has no wheel for Python 3.12 and is never
    # imported by the parts used here. A requirement cannot be marked as one to install without its own requirements:
    # from 3.12 on, the Makefile and users do it by `pip install --no-deps tensorflow-graphics`, which
    # geometry/graphics.py asks for where it is missing, and what those parts import is declared here.
    'tensorflow-graphics>=2021.12.3; python_version < "3.12"',
    'absl-py>=1; python_version >= "3.12"',  # flags that tensorflow-graphics reads
    'six>=1.16; python_version >= "3.12"',  # its `range` and `zip`
    "tensorflow-datasets>=4.9.10",  # data sets on disk as TFRecord; brings absl and etils, which its builders use
    "importlib_resources",  # imported by tensorflow-datasets when it builds a data set, but not declared by it
    "scipy>=1.11",  # the sparse product that undistorts images; tensorflow-graphics brings it, where pip installs it
    "tensorboard>=2.20",  # tf.summary and the TensorBoard logs of a run; no longer a dependency of TensorFlow
    # Command line from typed dataclasses. From 0.9.2 on it asks for typeguard 4, tensorflow-addons for an older one.
    'tyro>=0.9,<0.9.2; python_version < "3.12"',
    'tyro>=0.9; python_version >= "3.12"',
    "packaging>=23",  # reads which extra brings a missing package
    "tqdm>=4.60",  # progress bars
    "matplotlib>=3.8",  # curves of a run
    "pillow>=10.1",  # images in and out, overlays
    'tomli>=2; python_version < "3.11"',  # anipose's calibration files; 3.11 has tomllib
    "pyyaml>=6",  # camera files of OpenCV and Kalibr
    "h5py>=3",  # camera files of sleap-io and MATLAB 7.3; TensorFlow brings it too
]

EXTRAS = {
    "rendering": [
        "trimesh>=5",  # reads and builds triangle meshes
        "embreex>=4.4",  # Embree ray casting: wheels, no OpenGL
    ],
    "video": [
        # FFmpeg as a library: writes MP4, and reads videos as they are stored, each frame once with its time, where
        # readers of a constant rate repeat and drop frames. 17.1 is the newest for Python 3.10.
        "av>=17.1",
    ],
    "robots": [
        "metaworld>=3.1.1",  # the robot's tasks and their scripted policies; pins mujoco
        "gymnasium>=1.4",  # Ant
    ],
    "control": [
        "gymnasium>=1.1",  # environments, and vectors of them in processes of their own
    ],
    "tuning": [
        "keras-tuner>=1.4.8,<1.5",  # search over options, alone or by chief and workers
        "scikit-learn>=1.4",  # its Bayesian search
        "grpcio",  # between chief and workers
    ],
    "pages": [
        "plotly>=6",  # rigs of cameras in 3D as one HTML file
    ],
    "serving": [
        # REST and gRPC in the protocols of TensorFlow Serving and Open Inference. It asks for protobuf 6.33.5, and on
        # Python 3.10 tensorflow-metadata, which tensorflow-datasets brings, for at most 6.32.
        'kserve>=0.21,<0.22; python_version >= "3.11"',
    ],
    "formats": [
        "tf2onnx>=1.17",  # writes ONNX
        "onnx>=1.23",  # checks what it wrote
        'onnxruntime>=1.32; python_version >= "3.11"',  # runs it
        'onnxruntime>=1.23; python_version < "3.11"',  # the newest for Python 3.10
        "ai-edge-litert>=2.3",  # runs LiteRT, which TensorFlow writes
        "openvino>=2026.4",  # reads SavedModels, writes and runs its own
    ],
    "interchange": [
        # Files that other programs read. sleap-io brings skia, shapely and FFmpeg's program: 300 MB on disk.
        "ezc3d>=1.7.2",  # C3D, of motion capture
        "pynwb>=4.2",  # Neurodata Without Borders
        "ndx-pose>=0.4",  # its extension for poses
        "sleap-io>=0.9.5",  # SLEAP's files, written and read
        "pyarrow>=17",  # Parquet: tables that are read in pieces
    ],
    "rerun": [
        # Recordings for rerun's viewer: 500 MB on disk, and from 0.32 on it asks for psutil 7, kserve for 5.
        "rerun-sdk>=0.31",
    ],
    "cluster": [
        # Starts processes on one machine or many, and tells which of them died; its extra `train` starts the workers of
        # a training, all again where one dies. 2.60 is the release that was tried with these versions of TensorFlow and
        # Keras, of which the workers need a loop that is not Keras' own; the next may start them in another way.
        "ray[train]>=2.60,<2.61",
    ],
    "beam": [
        "apache-beam>=2.70",  # imported by the `tfds` command, but not declared by tensorflow-datasets
        "mlcroissant>=1.0.17",  # the same
    ],
    "tests": [
        "pytest>=8",  # runs tests/ and datasets/*/*_test.py
        "dill",  # imported by tfds.testing, but not declared by tensorflow-datasets
        "scipy>=1.11",  # rotations to compare with
        "websocket-client>=1.9",  # drives the browser in which the web page is tested
    ],
    "benchmarks": [
        "torch>=2.13",  # the twin of Keypoint3D that a training step is compared with
        "stable-baselines3>=2.9",  # the PPO that ours is compared with
    ],
    "lint": [
        "ruff>=0.9",  # linter and formatter
        "mypy>=2.4",  # type checker; reads NumPy's types and its own of the standard library, no other package's
    ],
    "docs": [
        "mkdocs>=1.6,<2",  # the site from Markdown, links and anchors checked; the next two are for its first series
        "mkdocs-material>=9.5",  # its theme (MIT, 60 MB on disk), with a search that needs no service
        "mkdocstrings[python]>=1",  # the reference from docstrings, read without importing
    ],
}

DATASET_FILES = ["*/README.md", "*/CITATIONS.bib", "*/TAGS.txt"]  # read by tensorflow-datasets beside the builder


def packages_outside(folder: str) -> dict[str, str]:
    """Maps the package names of a top-level folder, as installed below tfkeypoints, to their folders."""
    if not (HERE / folder).is_dir():
        return {}
    names = [folder, *(f"{folder}.{name}" for name in find_packages(folder))]
    return {f"tfkeypoints.{name}": name.replace(".", "/") for name in names}


# A top-level package called `datasets` would shadow another well-known library, hence the mapping.
MAPPED = packages_outside("datasets") | packages_outside("tuning")

setup(
    name="tfkeypoints",
    version=VERSION,
    description="Unsupervised 3D keypoints from calibrated views, in TensorFlow and Keras 3",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The tfkeypoints authors",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(include=["tfkeypoints", "tfkeypoints.*"]) + list(MAPPED),
    package_dir=MAPPED,
    package_data={
        "tfkeypoints": ["py.typed"],  # says that its annotations are for users' type checkers
        "tfkeypoints.datasets": DATASET_FILES,
        "tfkeypoints.pretrained": [
            f"*/*.{suffix}" for suffix in ("keras", "json", "csv", "npz", "md")
        ],  # models, a folder each
        "tfkeypoints.serving": ["page/*.html"],
        "tfkeypoints.visualization": ["page/*.html"],
    },
    install_requires=CORE,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["tfkeypoints = tfkeypoints.cli:main"]},
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
    keywords="keypoints 3d unsupervised multi-view tensorflow keras",
    zip_safe=False,
)
