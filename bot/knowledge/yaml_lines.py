"""YAML that remembers its lines, so that an error can name the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class ContentError(ValueError):
    """What is wrong in a content file: file, line, value and the way out."""


class Map(dict[str, Any]):
    """A mapping that knows the file and line it stands on, and the line of each key."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file, self.line = file, line
        self.lines: dict[str, int] = {}

    def place(self, key: str | None = None) -> str:
        """`file:line` of a key, or of the mapping itself."""
        return f"{self.file}:{self.lines.get(key, self.line) if key else self.line}"


def read_yaml(path: Path) -> Map:
    """Return the file's top mapping; raise ContentError where it is not YAML or not a mapping."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or error
        raise ContentError(
            f"{path.name}:{line}: this is not readable YAML ({reason}). "
            "Check the indentation and put quotes around text that holds ': '."
        ) from error
    if node is None:
        return Map(path.name, 1)
    value = _value(node, path.name)
    if not isinstance(value, Map):
        raise ContentError(f"{path.name}:1: the file must be a list of 'id:' entries.")
    return value


def _value(node: yaml.Node, file: str) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, file) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, file)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:int":
        return int(node.value)
    # "yes" and "no" stay words: they are values of our vocabulary, not booleans.
    if node.tag == "tag:yaml.org,2002:bool" and node.value in ("true", "false"):
        return node.value == "true"
    return node.value


def _mapping(node: yaml.MappingNode, file: str) -> Map:
    result = Map(file, node.start_mark.line + 1)
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in result:
            raise ContentError(
                f"{file}:{line}: '{name}' stands here a second time (first on line "
                f"{result.lines[name]}). Keep one of the two."
            )
        result[name] = _value(value, file)
        result.lines[name] = line
    return result
