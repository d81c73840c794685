"""Telegram's Bot API: what it refuses for now, and what it refuses for good."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from bot.channels.attachments import File
from bot.channels.delivery import Later, Undeliverable

SECONDS = 15


class TelegramApi:
    """Calls of one bot. The address holds the token, so no address is ever logged."""

    def __init__(self, token: str, url: str) -> None:
        self._base = f"{url.rstrip('/')}/bot{token}"
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        fields: dict[str, Any] | None = None,
        file: File | None = None,
        seconds: float = 0,
    ) -> Any:
        """Return the result; raise Later or Undeliverable. `seconds` is how long Telegram may think."""
        body: dict[str, Any] = {"data": _form(fields or {}, file)} if file else {"json": fields or {}}
        limit = aiohttp.ClientTimeout(total=SECONDS + seconds)
        try:
            async with self._open().post(f"{self._base}/{method}", timeout=limit, **body) as response:
                return _result(response.status, await _json(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Later(type(error).__name__) from None

    async def close(self) -> None:
        """End the connection."""
        if self._session:
            await self._session.close()
        self._session = None

    def _open(self) -> aiohttp.ClientSession:
        # Made at first use: a session belongs to the server's own event loop.
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=True)
        return self._session


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        answer = await response.json(content_type=None)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}


def _result(status: int, answer: dict[str, Any]) -> Any:
    if status == 200 and answer.get("ok"):
        return answer.get("result")
    if status == 429:
        asked = (answer.get("parameters") or {}).get("retry_after")
        raise Later("429", float(asked) if isinstance(asked, (int, float)) else None)
    if status >= 500 or not answer:
        raise Later(f"HTTP {status}")
    if status in (401, 404):
        raise Undeliverable("Telegram refuses TELEGRAM_BOT_TOKEN; docs/telegram.md says how to get it")
    raise Undeliverable(f"{status} {answer.get('description', '')}".strip())


def _form(fields: dict[str, Any], file: File) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    field = "photo" if file.is_picture else "document"
    form.add_field(field, file.content, filename=file.name, content_type=file.kind)
    return form
