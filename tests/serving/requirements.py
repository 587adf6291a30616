"""The marker of tests that need the server."""

import importlib.util
import sys

import pytest


def missing():
    """Returns why there is no server here, or None."""
    if importlib.util.find_spec("kserve"):
        return None
    old = sys.version_info < (3, 11)
    return "the extra `serving` is not installed: no kserve" + (", which is not for Python 3.10" if old else "")


needs_kserve = pytest.mark.skipif(missing() is not None, reason=str(missing()))
