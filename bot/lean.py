"""Serve without TensorFlow.

Rasa imports TensorFlow wherever its neural components stand; our pipeline has none, so a server would
spend ten seconds and 300 MB on a library that it never calls. Stand-ins with the same names satisfy
the imports; using one for real work fails at once.
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
        raise RuntimeError("TensorFlow is not loaded in the server: no component of ours uses it.")


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
