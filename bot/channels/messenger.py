"""What the doors of Slack and Telegram share: a webhook, replies that are delivered in order, and a start."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.attachments import File, file_of
from bot.channels.delivery import PATIENCE_WITH_FILES, Later, Undeliverable
from bot.channels.desk import QUESTIONS, Desk
from bot.channels.turns import Handler, Line, Replies
from bot.settings import Settings

logger = logging.getLogger(__name__)


class Api(Protocol):
    """The service's own API, as far as every door needs it."""

    async def close(self) -> None:
        """End the connection."""


class Letters(Replies):
    """Puts a turn's replies into the outbox for one place, each file before its words."""

    def __init__(self, desk: Desk, sender: str) -> None:
        super().__init__()
        self._desk, self._sender = desk, sender

    async def hand_on(self, line: Line) -> None:
        file = await file_of(line)
        if file:
            self._desk.outbox.put(self._sender, partial(self.show, file), PATIENCE_WITH_FILES)
        question = line.get("card") in QUESTIONS
        for message in self.messages(line):
            self._desk.outbox.put(self._sender, partial(self.post, message, question))

    def messages(self, line: Line) -> Iterable[Any]:
        """Return a reply as the service's messages."""
        raise NotImplementedError

    async def post(self, message: Any, question: bool) -> None:
        """Send a message; remember where the buttons of a question stand."""
        raise NotImplementedError

    async def show(self, file: File) -> None:
        """Send a file."""
        raise NotImplementedError


class Messenger(InputChannel):
    """POST /webhooks/<service>/webhook; the answers go out through the service's API."""

    service: str
    _api: Api

    def __init__(self, api: Api, database_url: str) -> None:
        self._api = api
        self._desk = Desk(self.service, database_url)

    @classmethod
    def name(cls) -> str:
        return cls.service.lower()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Messenger:
        return cls(**(credentials or {}), database_url=Settings.from_environment().database_url)

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        blueprint = Blueprint(self.name())

        @blueprint.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse:
            return self.receive(request, on_new_message)

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, loop: Any) -> None:
            self._desk.start(self._say_who_we_are())

        @blueprint.listener("before_server_stop")
        async def close(app: Sanic, loop: Any) -> None:
            await self._desk.close()
            await self._api.close()

        return blueprint

    def receive(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        """Check a request, have it answered in its turn, and say at once that it came."""
        raise NotImplementedError

    async def introduce(self) -> None:
        """Learn who we are; raise Later or Undeliverable."""
        raise NotImplementedError

    async def _say_who_we_are(self) -> None:
        """Tell a wrong token now; nothing waits for it."""
        try:
            await self.introduce()
        except Undeliverable as error:
            logger.error("%s: %s.", self.service, error)
        except Later as later:
            logger.warning(
                "%s does not answer yet (%s). Messages are tried again when they come.", self.service, later
            )
