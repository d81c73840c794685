"""The local Slack and Bot API in a thread of their own, beside tests that wait for answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from tests.channels.slack_server import SIGNING_SECRET, SlackServer
from tests.channels.slack_server import TOKEN as SLACK_TOKEN
from tests.channels.telegram_server import SECRET, TelegramServer
from tests.channels.telegram_server import TOKEN as TELEGRAM_TOKEN

SECONDS = 10


class Services:
    """Both services, and the environment that leads the assistant to them."""

    def __init__(self) -> None:
        self.slack = SlackServer()
        self.telegram = TelegramServer()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{self.slack.url}api/",
            "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_SECRET_TOKEN": SECRET,
            "TELEGRAM_API_URL": self.telegram.url,
        }

    def start(self) -> None:
        self._thread.start()
        self._do(self.slack.__aenter__())
        self._do(self.telegram.start())

    def stop(self) -> None:
        self._do(self.slack.__aexit__())
        self._do(self.telegram.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)

    @contextmanager
    def without_telegram(self) -> Iterator[None]:
        """Have Telegram out of reach for a while."""
        self._do(self.telegram.stop())
        try:
            yield
        finally:
            self._do(self.telegram.start())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


@contextmanager
def services() -> Iterator[Services]:
    """Yield both services while they run."""
    both = Services()
    both.start()
    try:
        yield both
    finally:
        both.stop()
