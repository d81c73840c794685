"""Logs as JSON, one object a line, with the request's id and without a word that anybody typed."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
import warnings
from contextvars import ContextVar
from datetime import UTC, datetime

HEADER = "X-Request-Id"
OURS = ("bot", "actions", "sole_and_spine")
FRAMES = 6
_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}")
request_id: ContextVar[str] = ContextVar("request_id", default="-")


def new_request(given: str | None = None) -> str:
    """Begin a request: take the id that came with it, if it is one, or make one."""
    name = given if given and _ACCEPTED.fullmatch(given) else secrets.token_hex(8)
    request_id.set(name)
    return name


class JsonFormatter(logging.Formatter):
    """Our own messages as they are; of others only where they come from, for they may quote a person."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] in OURS
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": self._part,
            "request": request_id.get(),
            "logger": record.name,
            "message": record.getMessage()
            if ours
            else f"see {record.module}.{record.funcName}:{record.lineno}",
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            # Neither the error's words nor the code's lines: both may hold what was typed.
            line["error"] = type(error).__name__
            line["at"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
            ]
        return json.dumps(line)


def log_as_json(part: str, level: int = logging.INFO) -> None:
    """Send all logs of this process to standard error as JSON; others' only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(part))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # Libraries warn each other of their own old ways; nobody who runs this can mend that.
    warnings.simplefilter("ignore")
    for name in OURS:
        logging.getLogger(name).setLevel(level)
