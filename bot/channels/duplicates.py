"""Each event is taken once, also where two server processes share the conversation database."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.database import engine_for, make_tables

logger = logging.getLogger(__name__)
# Telegram keeps an update for a day, Slack sends an event again within an hour.
KEPT_SECONDS = 2 * 24 * 3600
TIDY_SECONDS = 3600
REMEMBERED = 20_000

metadata = MetaData()
taken_events = Table(
    "taken_events",
    metadata,
    # A SHA-256: whose event it was cannot be read from the table.
    Column("event", String(64), primary_key=True),
    Column("taken_at", Integer, nullable=False, index=True),
)


class Duplicates:
    """Remembers which events were taken: in memory for speed, in a table for other processes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._memory: OrderedDict[str, None] = OrderedDict()
        self._engine: Engine | None = None
        self._opening = Lock()
        self._tidied = 0.0

    def here(self, key: str) -> bool:
        """Return True where this process has not taken the event before; take it."""
        return self._remember([_digest(key)])

    async def first(self, keys: Sequence[str]) -> bool:
        """Return True where no process has taken an event of these keys before; take them all."""
        digests = [_digest(key) for key in keys]
        if not self._remember(digests):
            return False
        try:
            return await asyncio.to_thread(self._take, digests)
        except SQLAlchemyError as error:
            # An answer twice is better than none.
            logger.error("The table of taken events did not answer: %s", type(error).__name__)
            return True

    def _remember(self, digests: list[str]) -> bool:
        if any(digest in self._memory for digest in digests):
            return False
        self._memory.update(dict.fromkeys(digests))
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        return True

    def _take(self, digests: list[str]) -> bool:
        engine, now = self._open(), int(time.time())
        try:
            with engine.begin() as connection:
                connection.execute(insert(taken_events), [{"event": d, "taken_at": now} for d in digests])
        except IntegrityError:
            return False
        self._tidy(engine, now)
        return True

    def _tidy(self, engine: Engine, now: int) -> None:
        if now - self._tidied < TIDY_SECONDS:
            return
        self._tidied = now
        with engine.begin() as connection:
            connection.execute(delete(taken_events).where(taken_events.c.taken_at < now - KEPT_SECONDS))

    def _open(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = engine_for(self._url)
                make_tables(engine, metadata)
                self._engine = engine
            return self._engine


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
