"""What all tests share: the knowledge as the clinicians wrote it, a real PostgreSQL, the whole assistant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.lean import without_tensorflow

# Before any test imports Rasa.
without_tensorflow()

from bot.knowledge.concepts import Knowledge
from bot.knowledge.reader import read_knowledge
from tests.channels.beside import Services, services
from tests.conversations.live import ROOT, Assistant, running


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge()


@pytest.fixture(scope="session")
def vocabulary() -> dict:
    return yaml.safe_load((Path(__file__).parent / "vocabulary.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The maintenance database of a PostgreSQL server that lives as long as the tests."""
    import pgserver

    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def model() -> None:
    """Train the model, unless the one of just these files is there."""
    subprocess.run([sys.executable, "-m", "bot", "train"], cwd=ROOT, check=True, timeout=600)


@pytest.fixture(scope="session")
def messengers() -> Iterator[Services]:
    """Slack and Telegram, as the assistant sees them."""
    with services() as both:
        yield both


@pytest.fixture(scope="session")
def assistant(
    model: None, messengers: Services, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    with running(tmp_path_factory.mktemp("assistant"), "run", **messengers.environment) as started:
        yield started
