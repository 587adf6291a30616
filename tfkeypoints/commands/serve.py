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
      tfkeypoints serve chairs_64
    """

    folder: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="EXPORT")]
    """Folder NAME of an exported model, with versions in it; or the name of a pretrained model, such as chairs_64,
    which is exported to exported/NAME first."""
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
        folder = exported(self.folder)
        asyncio.run(serve(folder, self.host, self.port, self.grpc_port, self.max_batch, self.max_megabytes))


def exported(folder: Path) -> Path:
    """The folder to serve: that of a pretrained model is made unless it has the model as its newest version."""
    from tfkeypoints import pretrained
    from tfkeypoints.commands.export import Export
    from tfkeypoints.inference.export import next_version
    from tfkeypoints.serving import card

    run = pretrained.find(folder, instead="*/saved_model.pb")
    if run is None:
        return folder
    out = Path("exported") / run.name
    newest = out / str(next_version(out) - 1)
    if not newest.is_dir() or card.read(newest).get("model_sha256") != run.card["sha256"]:
        Export(run=Path(run.name))()
    return out
