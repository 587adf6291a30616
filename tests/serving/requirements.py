"""The marker of tests that need the server."""

import importlib.util

import pytest

needs_kserve = pytest.mark.skipif(
    importlib.util.find_spec("kserve") is None, reason="kserve (the extra `serving`) is not installed"
)
