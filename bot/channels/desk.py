"""What Slack and Telegram share: each event once, in order, guarded, and answered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sanic import Sanic

from bot.channels.delivery import AT_THE_END, Outbox
from bot.channels.duplicates import Duplicates
from bot.channels.footsites import payload_of_number
from bot.channels.guard import Guard, Incoming, Refused
from bot.channels.turns import Handler, Lanes, Line, Replies, notice, take_turn, tracker_of
from bot.knowledge.reader import read_knowledge
from bot.settings import Settings
from bot.state.shared import Shared

logger = logging.getLogger(__name__)
BODY_AT_MOST = 256_000
CONVERSATIONS = 10_000
# Their buttons mean nothing once the next question is asked.
QUESTIONS = {"question", "foot_map", "safety_check"}
# Payloads that say nothing of the question they answer.
ANSWERS = {"/affirm", "/deny", "/dont_know"}
LATE = "That button is of an earlier question. Please answer the last one, or use your own words."
WORDS_ONLY = (
    "I can only read words. Please tell me in a few words what is going on with your feet and your back."
)


@dataclass(frozen=True)
class Said:
    """A person's own words."""

    text: str


@dataclass(frozen=True)
class Pressed:
    """A button's payload, or a command's; and the words of the message that the button stands under."""

    payload: str
    under: str = ""


@dataclass(frozen=True)
class Arrival:
    """An event that may be answered; `keys` tell it from every other, `what` may make a ready reply."""

    sender: str
    keys: tuple[str, ...]
    what: Said | Pressed | Callable[[], Line]
    replies: Replies
    wanted: Callable[[], Awaitable[bool]] | None = None
    """Asked in the conversation's lane, before the event is taken."""
    opening: Callable[[], None] | None = None
    """Done once the event is taken, before the answer."""


def opaque(channel: str, secret: str, *parts: str) -> str:
    """Return a conversation's id: the same for the same parts, and nobody's number or name.

    Chat ids are few enough to try them all, so the hash is keyed.
    """
    digest = hmac.new(secret.encode(), "\0".join(parts).encode(errors="replace"), hashlib.sha256)
    return f"{channel}-{digest.hexdigest()[:48]}"


class Desk:
    """Takes arrivals and sees to it that each gets one answer."""

    def __init__(self, channel: str, database_url: str) -> None:
        settings = Settings.from_environment()
        self.guard = Guard(read_knowledge(), Shared(settings.redis_url), settings.turns_a_minute)
        self.duplicates = Duplicates(database_url)
        self.outbox = Outbox(channel)
        self._lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slowed: dict[str, float] = {}
        self._met: OrderedDict[str, None] = OrderedDict()
        self._open: OrderedDict[str, Any] = OrderedDict()

    def take(self, app: Sanic, arrival: Arrival, on_new_message: Handler) -> None:
        """Answer in a task of its own: the other side wants to hear "received" at once."""
        self.start(self._answer(app, arrival, on_new_message))

    def start(self, work: Awaitable[None]) -> None:
        """Run work beside the request, and keep it from being collected."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def met(self, sender: str) -> bool:
        """Return True where this process has a talk going on; it need not ask the database."""
        return sender in self._met

    def keep_open(self, sender: str, where: Any) -> None:
        """Remember the message whose buttons answer the question that stands open."""
        _keep(self._open, sender, where)

    def pop_open(self, sender: str) -> Any:
        """Return that message, if there is one, and forget it: a late "Yes" must not answer the next one."""
        return self._open.pop(sender, None)

    async def close(self) -> None:
        """End turns and deliveries in order."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=AT_THE_END)
        await self.outbox.close()

    async def _answer(self, app: Sanic, arrival: Arrival, on_new_message: Handler) -> None:
        try:
            async with self._lanes.of(arrival.sender):
                if arrival.wanted and not await arrival.wanted():
                    return
                # Before it is taken: who was too fast may press the button again.
                if await self._too_fast(arrival) or await self._too_late(app, arrival):
                    return
                if not await self.duplicates.first(arrival.keys):
                    return
                if arrival.opening:
                    arrival.opening()
                await self._reply(app, arrival, on_new_message)
        except Exception as error:
            logger.error("A turn could not be ended: %s", type(error).__name__)

    async def _too_fast(self, arrival: Arrival) -> bool:
        try:
            await self.guard.rate(arrival.sender)
        except Refused as refused:
            if self._may_say_slow(arrival.sender):
                await arrival.replies.hand_on(notice(str(refused), "refused"))
            return True
        return False

    async def _too_late(self, app: Sanic, arrival: Arrival) -> bool:
        """Whether a "Yes" stands under another question than the open one; whichever process put them."""
        pressed = arrival.what
        if not isinstance(pressed, Pressed) or not pressed.under or pressed.payload not in ANSWERS:
            return False
        tracker = await tracker_of(app, arrival.sender)
        asked = [
            _question(event) for event in (tracker.events if tracker else ()) if event.type_name == "bot"
        ]
        put = [(name, words) for name, words in asked if name]
        under = _letters(pressed.under)
        of = {name for name, words in put if under in words or words in under}
        if not of or put[-1][0] in of:
            return False
        await arrival.replies.hand_on(notice(LATE, "late"))
        return True

    async def _reply(self, app: Sanic, arrival: Arrival, on_new_message: Handler) -> None:
        try:
            if not isinstance(arrival.what, (Said, Pressed)):
                await arrival.replies.hand_on(arrival.what())
                return
            incoming = await self._incoming(app, arrival.sender, arrival.what)
        except Refused as refused:
            await arrival.replies.hand_on(notice(str(refused), "refused"))
            return
        _keep(self._met, arrival.sender, None)
        await take_turn(app, arrival.sender, incoming, arrival.replies, on_new_message)
        if arrival.replies.forget:
            self._met.pop(arrival.sender, None)

    async def _incoming(self, app: Sanic, sender: str, what: Said | Pressed) -> Incoming:
        if isinstance(what, Pressed):
            return self.guard.payload(what.payload)
        if len(what.text) <= 5 and any(c.isdigit() for c in what.text):
            payload = payload_of_number(what.text, await tracker_of(app, sender))
            if payload:
                return self.guard.payload(payload)
        return self.guard.text(what.text)

    def _may_say_slow(self, sender: str) -> bool:
        """Once a minute is enough: each refusal is a message of ours, too."""
        now = time.monotonic()
        self._slowed = {name: at for name, at in self._slowed.items() if now - at < 60}
        return self._slowed.setdefault(sender, now) == now


def _question(event: Any) -> tuple[str | None, str]:
    """Return which question a message of ours puts, if any, and its letters."""
    custom = (event.data or {}).get("custom") or {}
    return (custom.get("id") if custom.get("card") in QUESTIONS else None), _letters(event.text or "")


def _letters(text: str) -> str:
    """Return what is left of a text after a service has set it in its own way."""
    return "".join(filter(str.isalnum, html.unescape(text).lower()))


def _keep(newest: OrderedDict[str, Any], name: str, value: Any) -> None:
    newest[name] = value
    newest.move_to_end(name)
    while len(newest) > CONVERSATIONS:
        newest.popitem(last=False)
