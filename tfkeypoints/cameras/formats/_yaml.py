"""YAML as programs for cameras write it, into dicts, lists, numbers and text."""

import re
from typing import Any

import yaml

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class _Loader(yaml.BaseLoader):
    """Ignores tags such as OpenCV's, reads 1e-05 as a number (YAML 1.1 does not), and refuses keys that come twice."""

    def construct_scalar(self, node: yaml.ScalarNode) -> int | float | str:
        text = super().construct_scalar(node)
        return text if node.style else scalar(text)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        found = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in found:
                problem = "a key should be text that comes once"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            found[key.value] = self.construct_object(value, deep=True)
        return found


def load(source: Any, text: str) -> Any:
    """Parses one YAML document; keys stay text.

    Args:
        source: The file, for the message.
        text: The document, without OpenCV's `%YAML` line.

    Raises:
        ValueError: If it does not parse.
    """
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{source} should be YAML, but it does not parse: {' '.join(str(error).split())}") from error


def scalar(text: str) -> float | int | str:
    """A number if the text is one, else the text."""
    if not NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() and len(text) < 20 else float(text)
