"""Every part goes to a database by the same way, which is never waited for without end."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, Index, MetaData, String, Table, insert, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot import database
from bot.channels.duplicates import Duplicates
from bot.database import BUSY_MILLISECONDS, engine_for, make_tables
from bot.knowledge.store import KnowledgeStore
from bot.settings import ROOT
from bot.state.conversations import Conversations

taken = Table("taken", MetaData(), Column("event", String(8), primary_key=True))
Index("by_event", taken.c.event)


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


def test_whoever_makes_the_tables_a_moment_later_waits_for_them(tmp_path: Path, monkeypatch):
    engine = engine_for(f"sqlite:///{tmp_path / 'talks.db'}")
    makes = taken.metadata.create_all

    def too_late(engine: Engine) -> None:
        monkeypatch.undo()
        makes(engine)
        raise OperationalError("CREATE TABLE taken", {}, Exception("table taken already exists"))

    monkeypatch.setattr(taken.metadata, "create_all", too_late)

    make_tables(engine, taken.metadata)

    with engine.begin() as connection:
        connection.execute(insert(taken), {"event": "a"})


def test_eight_at_once_find_their_tables(tmp_path: Path):
    for n in range(10):
        engine = engine_for(f"sqlite:///{tmp_path / f'talks{n}.db'}")

        def write(event: str, engine: Engine = engine) -> None:
            make_tables(engine, taken.metadata)
            with engine.begin() as connection:
                connection.execute(insert(taken), {"event": event})

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, "abcdefgh"))


def test_a_database_that_is_away_is_not_asked_twice(url: str, monkeypatch):
    asked = []

    def away(_engine: Engine) -> None:
        asked.append(1)
        raise OperationalError(None, None, Exception("connection refused"))

    monkeypatch.setattr(taken.metadata, "create_all", away)

    with pytest.raises(OperationalError):
        make_tables(engine_for(url), taken.metadata)

    assert len(asked) == 1
