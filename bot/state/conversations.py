"""Conversations as rows of events: written, read, listed, exported, deleted, purged."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Connection

from bot.database import engine_for, make_tables

logger = logging.getLogger(__name__)
Event = dict[str, Any]
DAY = 24 * 3600.0
PURGED_AT_ONCE = 200
# A conversation's id says its channel and nothing about the person.
SENDER = re.compile(r"[a-z]{2,20}-[A-Za-z0-9_-]{6,100}")

metadata = MetaData()
# The columns are those of Rasa's own SQL store, so that a database of it can be taken over.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255), nullable=False),
    Column("type_name", String(255), nullable=False),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)
# Each turn asks for a conversation's last row, and reads what is new by it.
Index("events_of_a_conversation", events.c.sender_id, events.c.id)


class BadSender(ValueError):
    """A conversation's id that no channel of ours makes."""


@dataclass(frozen=True)
class Talk:
    """A conversation as the list shows it; times are seconds since 1970."""

    sender: str
    messages: int
    began: float
    last: float


class Conversations:
    """The conversations in the database at `url` (an SQLAlchemy URL)."""

    def __init__(self, url: str) -> None:
        self._engine = engine_for(url)
        self._prepared = False

    def last(self, sender: str) -> int:
        """Return the number of a conversation's last row; 0 where nothing is stored of it."""
        with self._begin() as connection:
            return _last(connection, checked(sender))

    def read(self, sender: str, whole: bool = False) -> tuple[int, list[Event]]:
        """Return the last row's number and the events since the session began, or all of them."""
        mine = events.c.sender_id == checked(sender)
        with self._begin() as connection:
            start = 0
            if not whole:
                began = select(func.max(events.c.id)).where(mine, events.c.type_name == "session_started")
                start = connection.execute(began).scalar() or 0
            rows = connection.execute(
                select(events.c.id, events.c.data).where(mine, events.c.id >= start).order_by(events.c.id)
            ).all()
        readable = [event for row in rows if (event := _event(row.id, row.data)) is not None]
        return (rows[-1].id if rows else 0), readable

    def append(self, sender: str, new: Sequence[Event]) -> int:
        """Write events, all or none; return the number of the last row."""
        rows = [_row(checked(sender), event) for event in new]
        with self._begin() as connection:
            if rows:
                connection.execute(insert(events), rows)
            return _last(connection, sender)

    def talks(self) -> Iterator[Talk]:
        """Yield the conversations, the one spoken in last first."""
        counted = func.sum((events.c.type_name == "user").cast(Integer))
        began, last = func.min(events.c.timestamp), func.max(events.c.timestamp)
        query = select(events.c.sender_id, counted, began, last).group_by(events.c.sender_id)
        with self._begin() as connection:
            for row in connection.execute(query.order_by(last.desc())):
                yield Talk(row[0], int(row[1]), row[2], row[3])

    def delete(self, sender: str) -> int:
        """Delete all that is stored of a conversation; return the number of events."""
        return self._delete([checked(sender)])

    def purge(self, older_than_days: float, now: float | None = None) -> int:
        """Delete the conversations in which nothing was said for so many days; return their number."""
        before = (time.time() if now is None else now) - older_than_days * DAY
        silent = select(events.c.sender_id).group_by(events.c.sender_id)
        silent = silent.having(func.max(events.c.timestamp) < before).limit(PURGED_AT_ONCE)
        purged = 0
        while True:
            with self._begin() as connection:
                senders = list(connection.execute(silent).scalars())
            if not senders:
                return purged
            self._delete(senders)
            purged += len(senders)

    def check(self) -> None:
        """Raise SQLAlchemyError where the database cannot be used."""
        with self._begin() as connection:
            connection.execute(select(events.c.id).limit(1))

    def _delete(self, senders: Sequence[str]) -> int:
        with self._begin() as connection:
            deleted: int = connection.execute(delete(events).where(events.c.sender_id.in_(senders))).rowcount
        if self._engine.dialect.name == "sqlite":
            # Deleted words must not live on in the log beside the database.
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def _begin(self) -> Any:
        if not self._prepared:
            make_tables(self._engine, metadata)
            self._prepared = True
        return self._engine.begin()


def checked(sender: str) -> str:
    """Return a conversation's id; raise BadSender where it is none of ours."""
    if not SENDER.fullmatch(sender):
        raise BadSender(f"{sender[:40]!r} is no conversation's id. See: python -m bot conversations list")
    return sender


def _last(connection: Connection, sender: str) -> int:
    return connection.execute(select(func.max(events.c.id)).where(events.c.sender_id == sender)).scalar() or 0


def _row(sender: str, event: Event) -> dict[str, Any]:
    event = _without_nul(event)
    return {
        "sender_id": sender,
        "type_name": event["event"],
        "timestamp": event.get("timestamp"),
        "intent_name": ((event.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": event.get("name"),
        "data": json.dumps(event),
    }


def _without_nul(value: Any) -> Any:
    """Return a value of JSON without the one character that PostgreSQL cannot hold."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(held) for held in value]
    return value


def _event(number: int, data: str | None) -> Event | None:
    """Return a row's event; a damaged row must not end the conversation."""
    try:
        event = json.loads(data or "")
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        logger.error("Row %d of the table of events is damaged; the conversation goes on without it.", number)
        return None
    return event
