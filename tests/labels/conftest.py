from tests.cameras.conftest import write

__all__ = ["write"]
