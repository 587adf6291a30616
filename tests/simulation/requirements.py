"""The marker of tests that simulate robots. Not in `probes`: a module sends no functions while it is being imported."""

import importlib.util

import pytest

from tests.simulation import probes


def missing():
    """Returns why robots cannot be simulated here, or None."""
    absent = [name for name in ("mujoco", "metaworld", "gymnasium") if importlib.util.find_spec(name) is None]
    if absent:
        return f"the extra `robots` is not installed: no {', '.join(absent)}"
    try:
        probes.in_process(probes.render_empty_model, {})
    except ImportError as error:
        return str(error)
    return None


REASON = missing()
needs_robots = pytest.mark.skipif(REASON is not None, reason=str(REASON))
