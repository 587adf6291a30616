"""`tfkeypoints serve`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro


@dataclasses.dataclass(frozen=True, kw_only=True)
class Serve:
    """Serve an exported model over REST and gRPC, with a web page to try it.

    The newest version in the folder is served, and a newer one that is put there takes over. REST is that of
    TensorFlow Serving (/v1/models/NAME:predict) and the Open Inference Protocol (/v2), gRPC the latter;
    docs/serving.md has examples. Needs the extra `serving`.

    Example:
      tfkeypoints serve exported/chairs
    """

    folder: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="EXPORT")]
    """Folder NAME of an exported model, with versions in it."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other machines in. There is no password: put a proxy before it."""
    port: int = 8501
    """Port of REST and of the web page."""
    grpc_port: int = 8500
    """Port of gRPC; 0 for none."""
    max_batch: int = 16
    """Most examples in one call of the model."""
    max_megabytes: int = 64
    """Largest request."""

    def __call__(self) -> None:
        import asyncio

        try:
            from tfkeypoints.serving.server import serve
        except ImportError as error:
            raise ValueError(f"Serving needs the extra: pip install 'tfkeypoints[serving]' ({error})") from error
        asyncio.run(serve(self.folder, self.host, self.port, self.grpc_port, self.max_batch, self.max_megabytes))
