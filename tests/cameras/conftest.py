import json

import pytest


@pytest.fixture
def write(tmp_path):
    """Writes text, bytes, or what JSON can hold into a file, and returns its path."""

    def write(content, name="cameras.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write
