import sys
import types

import pytest

from tfkeypoints.geometry import rotation


@pytest.mark.parametrize(
    "make", [lambda: rotation.from_axis_angle([0.0, 0, 1], [0.3]), lambda: rotation.from_euler([0.1, 0.2, 0.3])]
)
def test_without_tensorflow_graphics_rotations_name_the_command_that_installs_it(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_graphics.geometry.transformation", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install --no-deps tensorflow-graphics$"):
        make()


def test_a_module_that_tensorflow_graphics_lacks_keeps_its_own_error(monkeypatch):
    package = types.ModuleType("tensorflow_graphics.geometry.transformation")

    def lack(name):
        raise ModuleNotFoundError("No module named 'six'", name="six")

    package.__getattr__ = lack
    monkeypatch.setitem(sys.modules, package.__name__, package)
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'six'$"):
        rotation.from_axis_angle([0.0, 0, 1], [0.3])
