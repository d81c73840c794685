"""The store keeps the knowledge whole, on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import dataclasses
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.knowledge import tables
from bot.knowledge.concepts import Knowledge
from bot.knowledge.reader import CONTENT, read_knowledge
from bot.knowledge.store import KnowledgeStore, NoKnowledge
from bot.knowledge.yaml_lines import ContentError


@dataclass(frozen=True)
class Database:
    """An empty database of a test's own, and how to take it away."""

    url: str
    vanish: Callable[[], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        folder = tmp_path / "var"
        yield Database(f"sqlite:///{folder / 'knowledge.db'}", lambda: shutil.rmtree(folder))
        return
    server = create_engine(request.getfixturevalue("postgres_url"), future=True, isolation_level="AUTOCOMMIT")
    name = f"knowledge_{uuid.uuid4().hex[:12]}"

    def drop() -> None:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(str(server.url)).set(database=name)
    yield Database(url.render_as_string(hide_password=False), drop)
    drop()
    server.dispose()


@pytest.fixture
def store(database: Database) -> Iterator[KnowledgeStore]:
    store = KnowledgeStore(database.url)
    store.migrate()
    yield store
    store.engine.dispose()


def drift(store: KnowledgeStore) -> list:
    """What would have to be migrated so that the database is as `tables.py` says."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "knowledge_revision"})
        return compare_metadata(context, tables.metadata)


def tables_in(store: KnowledgeStore) -> set[str]:
    return set(inspect(store.engine).get_table_names()) - {"knowledge_revision"}


def rows_in(store: KnowledgeStore) -> dict[str, int]:
    with store.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }


def edited(knowledge: Knowledge) -> Knowledge:
    """The same knowledge, after a clinician put another name to a topic."""
    topic = dataclasses.replace(knowledge.topics["bunions"], title="A bump at the big toe")
    return dataclasses.replace(knowledge, digest="0" * 64, topics={**knowledge.topics, "bunions": topic})


def test_the_tables_go_up_down_and_up_again_without_drift(database):
    store = KnowledgeStore(database.url)

    store.migrate()
    up = tables_in(store), drift(store)
    store.migrate("base")
    down = tables_in(store)
    store.migrate()

    assert up == (set(tables.metadata.tables), [])
    assert down == set()
    assert (tables_in(store), drift(store)) == up
    store.engine.dispose()


def test_migrating_twice_changes_nothing(store):
    store.migrate()

    assert drift(store) == []


def test_what_is_read_is_what_was_loaded(store, knowledge):
    loaded = store.load(knowledge)

    held = store.read()

    assert loaded is True
    assert held == knowledge


@pytest.mark.parametrize("kind", ["mechanisms", "red_flags", "questions", "topics", "concepts"])
def test_what_is_read_keeps_the_clinicians_order(kind, store, knowledge):
    store.load(knowledge)

    held = store.read()

    assert list(getattr(held, kind)) == list(getattr(knowledge, kind))


def test_loading_the_same_knowledge_twice_changes_nothing(store, knowledge):
    store.load(knowledge)
    before = rows_in(store)

    again = store.load(knowledge)

    assert again is False
    assert rows_in(store) == before


def test_an_edit_replaces_the_knowledge_and_is_seen_without_a_restart(database, store, knowledge):
    store.load(knowledge)
    reader = KnowledgeStore(database.url)
    reader.read()

    store.load(edited(knowledge))

    assert reader.read().topics["bunions"].title == "A bump at the big toe"
    assert rows_in(store)["editions"] == 1
    reader.engine.dispose()


def test_a_broken_content_file_leaves_the_old_knowledge_in_place(store, knowledge, tmp_path):
    store.load(knowledge)
    content = Path(shutil.copytree(CONTENT, tmp_path / "content"))
    (content / "red_flags.yml").write_text("cauda_equina: {urgency: emergency\n", encoding="utf-8")

    with pytest.raises(ContentError):
        store.load(read_knowledge(content))

    assert store.read() == knowledge


def test_a_load_that_fails_half_way_leaves_the_old_knowledge_in_place(store, knowledge):
    store.load(knowledge)
    spoilt = edited(knowledge)
    first = next(iter(spoilt.topics.values()))
    wordless = dataclasses.replace(first.short[0], say=None)
    topic = dataclasses.replace(first, short=(wordless,))
    spoilt = dataclasses.replace(spoilt, topics={**spoilt.topics, first.id: topic})

    with pytest.raises(SQLAlchemyError):
        store.load(spoilt)

    assert store.read() == knowledge
    assert KnowledgeStore(store.url).read() == knowledge


def test_a_database_without_knowledge_says_how_to_load_it(store):
    with pytest.raises(NoKnowledge, match="python -m bot knowledge load"):
        store.read()


def test_after_the_database_went_away_the_last_knowledge_still_serves(database, store, knowledge):
    store.load(knowledge)
    store.read()

    database.vanish()

    assert store.read_or_last() == knowledge


def test_a_database_that_was_never_there_is_an_error_and_no_empty_knowledge(database, store):
    database.vanish()

    with pytest.raises(SQLAlchemyError):
        store.read_or_last()
