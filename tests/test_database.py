"""Every part goes to a database by the same way, which is never waited for without end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot import database
from bot.channels.duplicates import Duplicates
from bot.database import BUSY_MILLISECONDS, engine_for
from bot.knowledge.store import KnowledgeStore
from bot.settings import ROOT
from bot.state.conversations import Conversations


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'var' / 'talks.db'}"


def test_knowledge_conversations_and_taken_events_share_one_engine(url: str):
    engines = {KnowledgeStore(url).engine, Conversations(url)._engine, Duplicates(url)._open()}

    assert engines == {engine_for(url)}


def test_no_other_module_makes_an_engine():
    modules = [path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py")]

    makers = [path for path in modules if re.search(r"\bcreate_engine\b", path.read_text(encoding="utf-8"))]

    assert makers == [Path(database.__file__)]


def test_a_busy_database_is_waited_for_but_not_without_end(url: str):
    with engine_for(url).connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == BUSY_MILLISECONDS


def test_a_file_that_was_taken_away_is_an_error_and_not_read_on(url: str, tmp_path: Path):
    engine = engine_for(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE heels (id INTEGER)"))

    (tmp_path / "var").rename(tmp_path / "elsewhere")

    with pytest.raises(SQLAlchemyError), engine.connect() as connection:
        connection.execute(text("SELECT id FROM heels"))
