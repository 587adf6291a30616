"""The import of tensorflow-graphics: on first use, because it takes seconds; where it is missing, with the remedy."""

from types import ModuleType


def rotation_matrix_3d() -> ModuleType:
    """Imports tensorflow-graphics' functions of rotation matrices.

    Returns:
        The module `tensorflow_graphics.geometry.transformation.rotation_matrix_3d`.

    Raises:
        ModuleNotFoundError: If tensorflow-graphics is missing. On Python 3.12 and newer pip does not bring it with
            tfkeypoints, for it asks for tensorflow-addons, which has no release there.
    """
    try:
        from tensorflow_graphics.geometry.transformation import rotation_matrix_3d
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("tensorflow_graphics"):
            raise
        raise ModuleNotFoundError(
            "tensorflow-graphics, which makes the rotations, is not installed; on Python 3.12 and newer it takes a "
            "command of its own: pip install --no-deps tensorflow-graphics",
            name=error.name,
        ) from error
    return rotation_matrix_3d
