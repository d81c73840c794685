"""python -m bot conversations list|export|delete|purge: what is stored of whom, and for how long."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.state.conversations import BadSender, Conversations


def main(arguments: list[str]) -> int:
    """Carry out one of the four on the database of DATABASE_URL."""
    parser = argparse.ArgumentParser(prog="python -m bot conversations", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True, metavar="command")
    commands.add_parser("list", help="one conversation a line: id, messages, first and last time")
    export = commands.add_parser("export", help="all that is stored of a conversation, as JSON lines")
    remove = commands.add_parser("delete", help="delete all that is stored of a conversation")
    purge = commands.add_parser("purge", help="delete the conversations that ended long ago")
    for command in (export, remove):
        command.add_argument("id", help="the conversation's id, as list shows it")
    settings = Settings.from_environment()
    purge.add_argument(
        "--older-than",
        type=int,
        metavar="DAYS",
        default=settings.retention_days,
        help=f"without it, RETENTION_DAYS ({settings.retention_days})",
    )
    options = parser.parse_args(arguments)
    try:
        return carry_out(options, Conversations(settings.database_url))
    except BadSender as error:
        print(error, file=sys.stderr)
    except SQLAlchemyError as error:
        # The error's own words may quote a row.
        print(f"The database of DATABASE_URL cannot be used: {type(error).__name__}.", file=sys.stderr)
    return 1


def carry_out(options: argparse.Namespace, conversations: Conversations) -> int:
    """Print or delete; return the exit code."""
    if options.what == "list":
        for talk in conversations.talks():
            print(f"{talk.sender}\t{talk.messages} messages\t{_day(talk.began)}\t{_day(talk.last)}")
        return 0
    if options.what == "purge":
        if options.older_than < 1:
            print("--older-than takes a number of days, from 1 on.", file=sys.stderr)
            return 2
        print(f"{conversations.purge(options.older_than)} conversations are deleted.")
        return 0
    if options.what == "export":
        _, events = conversations.read(options.id, whole=True)
        for event in events:
            print(json.dumps(event, ensure_ascii=False))
        found = len(events)
    else:
        found = conversations.delete(options.id)
        if found:
            print(f"{found} events are deleted; nothing is left of {options.id}.")
    if not found:
        print(f"Nothing is stored of {options.id}. See: python -m bot conversations list", file=sys.stderr)
        return 1
    return 0


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes")
