"""A running server with one channel and a stand-in for Rasa's agent, for tests of the doors."""

from __future__ import annotations

import asyncio
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage, register
from sanic import Sanic

from bot.channels.web import plain_error
from bot.components.locks import ConversationLocks
from bot.state.shared import Shared

Reply = dict[str, Any]
PAGE = {
    "text": "Here is a page to bring along.",
    "custom": {
        "card": "summary",
        "sections": [{"title": "In your own words", "lines": ["My heel hurts 🦶"]}],
    },
    "buttons": [{"title": "Start over", "payload": "/start_over"}],
}
FORGOTTEN = {"text": "I delete this conversation now.", "custom": {"card": "notice", "id": "forgotten"}}


def echo(message: UserMessage) -> list[Reply]:
    """Answer as the dialogue might: say what came in."""
    return [{"text": f"You said: {message.text}", "custom": {"card": "notice", "id": "echo"}}]


@dataclass
class StubStore:
    """Conversations as Rasa would keep them, in memory."""

    trackers: dict[str, SimpleNamespace] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    down: bool = False

    async def look(self, sender: str) -> SimpleNamespace | None:
        if self.down:
            raise ConnectionError("the database is away")
        return self.trackers.get(sender)

    async def delete(self, sender: str) -> int:
        if self.down:
            raise ConnectionError("the database is away")
        self.deleted.append(sender)
        return 1 if self.trackers.pop(sender, None) else 0

    def add(self, sender: str, reply: Reply) -> None:
        tracker = self.trackers.setdefault(sender, SimpleNamespace(events=[], slots={}))
        tracker.get_slot = tracker.slots.get
        custom = reply.get("custom") or {}
        if custom.get("card") in ("question", "foot_map"):
            tracker.slots["asked"] = custom["id"]
        tracker.events.append(
            SimpleNamespace(type_name="bot", text=reply.get("text"), data={"custom": custom})
        )


class StubAgent:
    """Answers each message with what `script` returns; an exception fails the turn."""

    def __init__(self, script: Callable[[UserMessage], list[Reply]] = echo) -> None:
        self.script = script
        self.messages: list[UserMessage] = []
        self.tracker_store = StubStore()
        self.lock_store = ConversationLocks(shared=Shared(""))

    @property
    def heard(self) -> list[str | None]:
        return [message.text for message in self.messages]

    async def handle_message(self, message: UserMessage) -> None:
        self.messages.append(message)
        for reply in self.script(message):
            self.tracker_store.add(message.sender_id, reply)
            await message.output_channel.send_response(message.sender_id, dict(reply))


@asynccontextmanager
async def serving(channel: InputChannel, agent: StubAgent) -> AsyncIterator[str]:
    """Serve the channel as bot.commands.server does; yield the address."""
    # Sanic rewrites its own methods at start, once a process; in test mode it keeps the originals.
    Sanic.test_mode = True
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)
    app.ctx.agent = agent
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.error_handler.add(Exception, plain_error)
    register([channel], app, "/webhooks/")
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await server.before_stop()
        server.close()


async def eventually(holds: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until `holds`; fail where it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        await asyncio.sleep(0.01)


async def settled(seconds: float = 0.25) -> None:
    """Leave time for what should not happen."""
    await asyncio.sleep(seconds)
