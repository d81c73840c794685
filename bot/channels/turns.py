"""A turn of a conversation, the same for every channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from sanic import Sanic

from bot import metrics
from bot.channels.guard import Incoming, carry_out

logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[Any]]
Line = dict[str, Any]
NOT_DELETED = "I could not delete the conversation just now. Please ask me again in a moment."


def line_of(text: str | None, buttons: Any = None, custom: dict[str, Any] | None = None) -> Line:
    """Return one reply as the outside sees it: text, buttons, card and the card's fields."""
    buttons = [{"title": b["title"], "payload": b["payload"]} for b in buttons or []]
    return {**(custom or {}), "text": text or "", "buttons": buttons}


def notice(text: str, name: str) -> Line:
    """Return words of our own, outside the dialogue."""
    return line_of(text, None, {"card": "notice", "id": name})


class Replies(OutputChannel):
    """A turn's replies; a channel says in `hand_on` what becomes of each."""

    def __init__(self) -> None:
        self.sent = 0
        self.forget = False

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """One message of Rasa's is one reply of ours: text, card and buttons stay together."""
        custom = message.get("custom") or {}
        self.forget = self.forget or custom.get("id") == "forgotten"
        self.sent += 1
        await self.hand_on(line_of(message.get("text"), message.get("buttons"), custom))

    async def hand_on(self, line: Line) -> None:
        """Give a reply to the person."""
        raise NotImplementedError


class Lanes:
    """One conversation's turns follow one another, in the order they came."""

    def __init__(self) -> None:
        self._lanes: dict[str, tuple[asyncio.Lock, list[None]]] = {}

    @asynccontextmanager
    async def of(self, sender: str) -> AsyncIterator[None]:
        """Wait until it is this turn's turn."""
        lock, here = self._lanes.setdefault(sender, (asyncio.Lock(), []))
        here.append(None)
        try:
            async with lock:
                yield
        finally:
            # A lock that somebody still waits for must stay the one lock of its conversation.
            here.pop()
            if not here:
                del self._lanes[sender]


async def tracker_of(app: Sanic, sender: str) -> Any:
    """Return what is stored of the conversation; nothing where the store is out of reach."""
    try:
        return await app.ctx.agent.tracker_store.look(sender)
    except Exception as error:
        logger.error("The conversation store did not answer: %s", type(error).__name__)
        return None


async def delete_talk(app: Sanic, sender: str) -> None:
    """Delete all that is stored of a conversation; called in its lane."""
    agent = app.ctx.agent
    # A turn that another process runs would write the conversation back.
    async with agent.lock_store.lock(sender):
        await agent.tracker_store.delete(sender)


async def take_turn(
    app: Sanic, sender: str, incoming: Incoming, replies: Replies, on_new_message: Handler
) -> None:
    """Hand a message to Rasa; apologise or forget where it is due."""

    async def say() -> None:
        metadata = {"region": incoming.region} if incoming.region else {}
        await on_new_message(
            UserMessage(incoming.text, replies, sender, input_channel=replies.name(), metadata=metadata)
        )

    with metrics.IN_PROGRESS.track_inprogress(), metrics.stage("turn"):
        apology = await carry_out(say, lambda: replies.sent)
    metrics.TURNS.labels(replies.name(), "sorry" if apology else "answered").inc()
    if apology:
        await replies.hand_on(notice(apology, "sorry"))
    if replies.forget:
        await _forget(app, sender, replies)


async def _forget(app: Sanic, sender: str, replies: Replies) -> None:
    try:
        await delete_talk(app, sender)
    except Exception as error:
        logger.error("A conversation could not be deleted: %s", type(error).__name__)
        await replies.hand_on(notice(NOT_DELETED, "sorry"))
