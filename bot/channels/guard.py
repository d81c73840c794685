"""What every channel does with a message before Rasa sees it, and with a turn that fails."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import metrics
from bot.knowledge.concepts import Knowledge
from bot.nlp.normalise import clean
from bot.state.shared import Shared

logger = logging.getLogger(__name__)

TEXT_AT_MOST = 4000
PAYLOAD_AT_MOST = 400
TURNS_A_MINUTE = 40
TURN_SECONDS = 25.0
BARE = {
    "affirm",
    "deny",
    "dont_know",
    "correction",
    "why_asking",
    "back_to_question",
    "repeat_rephrase",
    "summary_please",
    "start_over",
    "stop",
    "greet",
    "delete_my_data",
}
# A tab or a new line before the slash does not make it a command either.
_COMMAND = re.compile(r"^[/\s]+")
_PAYLOAD = re.compile(r"^/([a-z_]+)(\{.*\})?$", re.DOTALL)
SORRY = (
    "I am sorry, something went wrong on my side. Please send that again in a moment. "
    "If you feel very unwell or have a warning sign, call your local emergency number now."
)


class Refused(ValueError):
    """A message that is not passed on; `status` is the HTTP status, the message is for the person."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Incoming:
    """A message as Rasa may see it; `region` is where the person's page says they live."""

    text: str
    region: str = ""


class Guard:
    """Checks texts and payloads against limits and an allow-list made of the knowledge."""

    def __init__(self, knowledge: Knowledge, shared: Shared, turns_a_minute: int = TURNS_A_MINUTE) -> None:
        self._knowledge, self._shared, self._turns_a_minute = knowledge, shared, turns_a_minute

    def text(self, text: Any) -> Incoming:
        """Return a person's own words; what looks like a command is taken as words."""
        if not isinstance(text, str):
            raise Refused(400, "Please send a text.")
        # Half a character, as some telephones cut them, can neither be stored nor sent. One letter may stand
        # for many, so the length counts before and after.
        words = text.encode("utf-8", "ignore").decode()
        words = _COMMAND.sub("", clean(words)).strip() if len(words) <= TEXT_AT_MOST else words
        if len(words) > TEXT_AT_MOST:
            raise Refused(
                413, f"That is a long story. Please send it in parts of {TEXT_AT_MOST} characters at most."
            )
        if not words:
            raise Refused(400, "Your message is empty. Please write a few words.")
        return Incoming(words)

    def payload(self, payload: Any) -> Incoming:
        """Return a button's payload; refuse what no button of ours carries."""
        if not isinstance(payload, str) or len(payload) > PAYLOAD_AT_MOST:
            raise Refused(400, "This is not one of my buttons.")
        match = _PAYLOAD.match(payload.strip())
        if not match or not self._allowed(match[1], match[2]):
            raise Refused(400, "This is not one of my buttons. Please use your own words.")
        return Incoming(payload.strip())

    def region(self, region: Any) -> str:
        """Return a region that we know; nothing, which means the server's own, for any other."""
        return region if isinstance(region, str) and region in self._knowledge.regions else ""

    def _allowed(self, move: str, entities: str | None) -> bool:
        if entities is None:
            return move in BARE
        try:
            values = json.loads(entities)
        except ValueError:
            return False
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            return False
        if move == "ask" and "topic" in values:
            return values["topic"] in self._knowledge.topics and set(values) <= {"topic", "more"}
        if move != "tell" or len(values) != 1:
            return False
        ((name, value),) = values.items()
        known = (part.removeprefix("no ") in self._knowledge.concepts for part in value.split(","))
        return name == "finding" and all(known)

    async def rate(self, sender: str) -> None:
        """Count a turn; refuse where one conversation sends too many a minute, to whichever process."""
        if await self._shared.count(sender, 60) > self._turns_a_minute:
            raise Refused(429, "That was a lot at once. Please wait a minute and send it again.")


async def carry_out(turn: Callable[[], Awaitable[None]], sent: Callable[[], int]) -> str | None:
    """Run a turn; return words of apology where it failed or left the person without an answer."""
    try:
        await asyncio.wait_for(turn(), TURN_SECONDS)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        metrics.ERRORS.labels("turn", type(error).__name__).inc()
        logger.error("A turn failed: %s in %s", type(error).__name__, _place(error))
        return SORRY
    return None if sent() else SORRY


def _place(error: Exception) -> str:
    """Return where an error came from, without its words, which may quote a message."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
