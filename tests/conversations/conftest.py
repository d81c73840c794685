"""The whole assistant, started once for all conversations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conversations.live import ROOT, Assistant, Person, running


@pytest.fixture(scope="session")
def model() -> None:
    """Train the model, unless the one of just these files is there."""
    subprocess.run([sys.executable, "-m", "bot", "train"], cwd=ROOT, check=True, timeout=600)


@pytest.fixture(scope="session")
def assistant(model: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with running(tmp_path_factory.mktemp("assistant"), "run") as started:
        yield started


@pytest.fixture
def person(assistant: Assistant) -> Person:
    """Somebody who opens the page for the first time."""
    return assistant.somebody()
