"""Keep the knowledge in a database: SQLite by default, PostgreSQL by DATABASE_URL."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.database import engine_for
from bot.knowledge import tables
from bot.knowledge.concepts import Knowledge
from bot.knowledge.records import knowledge_from, rows_of

MIGRATIONS = Path(__file__).parent / "migrations"


class NoKnowledge(RuntimeError):
    """The database holds no knowledge yet."""


class KnowledgeStore:
    """Read and replace the knowledge in the database at `url` (an SQLAlchemy URL)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = engine_for(url)
        self._cached: Knowledge | None = None
        self._lock = Lock()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; up by default, down where it is an older one."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            if revision in ("head", "heads"):
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            connection.commit()

    def load(self, knowledge: Knowledge) -> bool:
        """Replace what the tables hold, all or nothing; return False where it is there already."""
        with self.engine.begin() as connection:
            held = connection.execute(select(tables.editions.c.digest)).scalar()
            if held == knowledge.digest:
                return False
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(delete(table))
            for table, rows in rows_of(knowledge).items():
                if rows:
                    connection.execute(insert(table), rows)
            connection.execute(
                insert(tables.editions),
                [{"digest": knowledge.digest, "loaded_at": datetime.utcnow()}],
            )
        return True

    def read(self) -> Knowledge:
        """Return the knowledge; raise NoKnowledge where none was loaded.

        The edition is asked of the database each time, the rest only when the edition is new.
        """
        with self.engine.connect() as connection:
            edition = connection.execute(select(tables.editions.c.digest)).scalar()
            if edition is None:
                raise NoKnowledge(
                    f"{self.engine.url!r} holds no knowledge. Run: python -m bot knowledge load"
                )
            with self._lock:
                if self._cached is None or self._cached.digest != edition:
                    self._cached = knowledge_from(connection, edition)
                return self._cached

    def read_or_last(self) -> Knowledge:
        """Return the knowledge; where the database is out of reach, what was read last."""
        try:
            return self.read()
        except SQLAlchemyError:
            if self._cached is None:
                raise
            return self._cached
