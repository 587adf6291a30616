"""What the command line knows of a command."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Command(NamedTuple):
    """A command: a dataclass whose fields are its options, called to run it.

    Attributes:
        options: The dataclass.
        description: What `--help` says; its first line stands in the list of commands.
        defaults: From the arguments on the command line to an instance with what holds where they say nothing; None:
            the defaults of the fields.
    """

    options: Any
    description: str
    defaults: Callable[[Sequence[str]], Any] | None = None
