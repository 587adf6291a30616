"""What the name of a changed config says: `chairs_64_image_size_96` is `chairs_64` with images of 96 pixels."""

import ast
import contextlib
import re
from collections.abc import Mapping
from typing import Any


def options_in(name: str, configs: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Reads the options that the name of a changed config lists.

    Args:
        name: Of a config, such as `"chairs_64_train_instances_9000"`.
        configs: The built-in configs by name, which have `options` and `name_of`, see `datasets.common.Config`.

    Returns:
        The built-in config's name, and the options that differ from it; None if the name is none of this form.

    Example:
        >>> options_in("chairs_64_image_size_96_seed_1", Builder.builder_configs)
        ('chairs_64', {'image_size': 96, 'seed': 1})
    """
    for base in sorted(configs, key=len, reverse=True):
        if not name.startswith(f"{base}_"):
            continue
        known = configs[base].options()
        keys = "|".join(sorted(known, key=len, reverse=True))
        parts = re.split(rf"_(?=(?:{keys})_)", name[len(base) :])[1:]
        matches = [match for part in parts if (match := re.fullmatch(rf"({keys})_(.+)", part))]
        if not parts or len(matches) < len(parts):
            continue
        options = {match[1]: _value(match[2], known[match[1]]) for match in matches}
        if configs[base].name_of(options) == name:
            return base, options
    return None


def _value(text: str, default: Any) -> Any:
    """A value as it was before it became part of a name; text where the option is text."""
    if isinstance(default, str):
        return text
    with contextlib.suppress(ValueError, SyntaxError):
        return ast.literal_eval(text)
    return text
