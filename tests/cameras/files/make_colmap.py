"""Lets COLMAP write sparse models: `python make_colmap.py` with pycolmap 4.2.1 (never in one process with Pillow)."""

import shutil
from pathlib import Path

import numpy as np
import pycolmap
import rig

HERE = Path(__file__).parent
FX, FY = rig.MATRICES[:, 0, 0], rig.MATRICES[:, 1, 1]
CX, CY = rig.MATRICES[:, 0, 2] + 0.5, rig.MATRICES[:, 1, 2] + 0.5
K1, K2, P1, P2, K3 = rig.PINHOLE.T
K4, K5, K6 = rig.RATIONAL.T
F1, F2, F3, F4 = rig.FISHEYE.T
MODELS = {
    "OPENCV": (FX, FY, CX, CY, K1, K2, P1, P2),
    "FULL_OPENCV": (FX, FY, CX, CY, K1, K2, P1, P2, K3, K4, K5, K6),
    "RADIAL": (FX, CX, CY, K1, K2),
    "OPENCV_FISHEYE": (FX, FY, CX, CY, F1, F2, F3, F4),
    "RADIAL_FISHEYE": (FX, CX, CY, F1, F2),
    "SIMPLE_RADIAL_FISHEYE": (FX, CX, CY, F1),
    "SIMPLE_PINHOLE": (FX, CX, CY),
    "PINHOLE": (FX, FY, CX, CY),
    "SIMPLE_RADIAL": (FX, CX, CY, K1),
    "SIMPLE_FISHEYE": (FX, CX, CY),
    "FISHEYE": (FX, FY, CX, CY),
}


def pose(number):
    """The poses of the three cameras in turn, each time a little nearer to the first axis and further off."""
    index, turn = (number - 1) % 3, (number - 1) // 3
    turned = rig.rotation(rig.VECTORS[index] * (1 - 0.1 * turn))
    return pycolmap.Rigid3d(np.concatenate([turned, rig.TRANSLATIONS[index][:, None] * (1 + 0.1 * turn)], 1))


def camera(number, model):
    index = (number - 1) % 3
    width, height = rig.SIZES[index]
    parameters = [each[index] for each in MODELS[model]]
    return pycolmap.Camera(camera_id=number, model=model, width=width, height=height, params=parameters)


def image(number, name):
    points = [pycolmap.Point2D(np.array([10.5 * number, 20.25])), pycolmap.Point2D(np.array([31.0, 40.75]))]
    named = pycolmap.Image(name=name, camera_id=number, image_id=number)
    named.points2D = pycolmap.Point2DList(points[: (number - 1) % 3])
    return named


def alone(models):
    """Each camera a rig of its own, as after a plain reconstruction."""
    whole = pycolmap.Reconstruction()
    for number, model in enumerate(models, 1):
        whole.add_camera_with_trivial_rig(camera(number, model))
        whole.add_image_with_trivial_frame(image(number, f"{model.lower()}.png"), pose(number))
    return whole


def joined(models):
    """All cameras in one rig whose first is the reference; one frame holds their images."""
    whole, together, frame = pycolmap.Reconstruction(), pycolmap.Rig(rig_id=1), pycolmap.Frame(frame_id=1, rig_id=1)
    for number, model in enumerate(models, 1):
        whole.add_camera(camera(number, model))
        sensor = pycolmap.sensor_t(pycolmap.SensorType.CAMERA, number)
        frame.add_data_id(pycolmap.data_t(sensor, number))
        if number == 1:
            together.add_ref_sensor(sensor)
        else:
            together.add_sensor(sensor, pose(number) * pose(1).inverse())
    whole.add_rig(together)
    frame.rig_from_world = pose(1)
    whole.add_frame(frame)
    for number, model in enumerate(models, 1):
        one = image(number, f"{model.lower()}.png")
        one.frame_id = 1
        whole.add_image(one)
    return whole


def write(folder, model):
    shutil.rmtree(folder, ignore_errors=True)
    for kind in ("text", "binary"):
        (folder / kind).mkdir(parents=True)
        getattr(model, f"write_{kind}")(str(folder / kind))
    images = [model.image(number) for number in range(1, 1 + model.num_images())]
    pixels = [[image.project_point(point) - 0.5 for point in rig.POINTS] for image in images]
    rig.save(folder, f"pycolmap {pycolmap.__version__}", pixels, names=[image.name for image in images])


write(HERE / "colmap", alone(MODELS))
write(HERE / "colmap_rig", joined(list(MODELS)[:3]))
