"""Ways to a database: checked before use, and never waited for without end."""

from __future__ import annotations

import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.pool import QueuePool

CONNECT_SECONDS = 3
BUSY_MILLISECONDS = 3000
AGAIN_SECONDS = 0.1
# A server that vanishes without a word is given up after some five seconds, not after a quarter of an hour.
GONE = {
    "tcp_user_timeout": BUSY_MILLISECONDS,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
}


@lru_cache(maxsize=8)
def engine_for(url: str) -> Engine:
    """Return this process's engine for an SQLAlchemy URL."""
    location = make_url(url)
    backend = location.get_backend_name()
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": CONNECT_SECONDS, "future": True}
    if backend == "sqlite":
        options |= {"connect_args": {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}}
        if location.database and location.database != ":memory:":
            Path(location.database).parent.mkdir(parents=True, exist_ok=True)
            options |= {"poolclass": QueuePool, "pool_size": 4}
    if backend == "postgresql":
        limits = f"-c statement_timeout={BUSY_MILLISECONDS} -c lock_timeout={BUSY_MILLISECONDS}"
        options |= {
            "connect_args": {"connect_timeout": CONNECT_SECONDS, "options": limits, **GONE},
            "pool_size": 4,
        }
    engine = create_engine(url, **options)
    if backend == "sqlite":
        event.listen(engine, "connect", _patient)
    if options.get("poolclass"):
        event.listen(engine, "checkout", partial(_still_there, Path(location.database)))
    return engine


def make_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables and indexes that are missing, where other processes may do so at the same moment.

    Raises SQLAlchemyError where they cannot be made.
    """
    try:
        _make(engine, metadata)
    except (IntegrityError, OperationalError, ProgrammingError) as error:
        if error.statement is None:
            raise  # no connection
        # Another process was a moment earlier, and may not have finished: what it made is seen the next time.
        time.sleep(AGAIN_SECONDS)
        _make(engine, metadata)


def _make(engine: Engine, metadata: MetaData) -> None:
    metadata.create_all(engine)
    for table in metadata.sorted_tables:
        for index in table.indexes:
            # A table that was there before ours, Rasa's own, has none of our indexes.
            index.create(engine, checkfirst=True)


def _patient(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # What is deleted is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete = ON")


def _still_there(file: Path, _connection: Any, _record: Any, _proxy: Any) -> None:
    # A connection that is kept would go on with a file that was taken away.
    if not file.exists():
        raise DisconnectionError(f"{file} is gone")
