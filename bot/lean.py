"""Rasa without TensorFlow.

Rasa imports TensorFlow wherever its neural components stand; our pipeline has none, so training and
serving would spend ten seconds, 300 MB of memory and 900 MB of disk on a library that they never call.
Stand-ins with the same names satisfy the imports; using one for real work fails at once.

    python -m bot.lean train|test|data ...     Rasa's own command line, the same way
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NoReturn

UNUSED = frozenset({"tensorflow", "tensorflow_hub", "tensorflow_text", "keras"})
VERSION = "2.12.0"


class _StandInType(type):
    """A class whose every attribute is again a stand-in."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn


class StandIn(metaclass=_StandInType):
    """May be named, subclassed, and used as a decorator; never run."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        pass

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self

    def __len__(self) -> int:
        # spaCy counts the graphics cards that TensorFlow sees.
        return 0

    def __array__(self, *_: Any) -> NoReturn:
        raise RuntimeError("TensorFlow is not loaded: no component of ours uses it.")


class _StandInModule(ModuleType):
    __path__: list[str] = []  # noqa: RUF012  a package has a path, ours is empty
    __version__ = VERSION

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] in UNUSED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def without_tensorflow() -> None:
    """Let every later import of TensorFlow find a stand-in; call before importing Rasa or spaCy."""
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _Finder())


if __name__ == "__main__":
    without_tensorflow()
    from rasa.__main__ import main

    sys.argv[0] = "rasa"
    main()
