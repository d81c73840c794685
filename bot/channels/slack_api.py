"""Slack's Web API: what it refuses for now, and what it refuses for good."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.attachments import File
from bot.channels.delivery import Later, Undeliverable

SECONDS = 15
PASSING = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
BAD_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
# The client would write whole messages at DEBUG, whatever the root logger says.
_quiet = logging.getLogger("bot.channels.slack_client")
_quiet.setLevel(logging.WARNING)


class SlackApi:
    """Calls of a workspace's bot; one connection is kept open."""

    def __init__(self, token: str, url: str) -> None:
        self._token, self._url = token, url
        self._client: AsyncWebClient | None = None

    async def call(self, method: str, **fields: Any) -> dict[str, Any]:
        """Return the answer; raise Later or Undeliverable."""
        try:
            response = await self._open().api_call(method, json=fields)
        except Exception as error:
            raise told(error) from None
        return dict(response.data) if isinstance(response.data, dict) else {}

    async def upload(self, file: File, channel: str, thread_ts: str | None = None) -> None:
        """Show a file in a conversation."""
        try:
            await self._open().files_upload_v2(
                content=file.content,
                filename=file.name,
                title=file.says,
                alt_txt=file.says if file.is_picture else None,
                channel=channel,
                thread_ts=thread_ts,
            )
        except Exception as error:
            raise told(error) from None

    async def close(self) -> None:
        """End the connection."""
        if self._client and self._client.session:
            await self._client.session.close()
        self._client = None

    def _open(self) -> AsyncWebClient:
        # Made at first use: a session belongs to the server's own event loop.
        if self._client is None:
            self._client = AsyncWebClient(
                self._token,
                base_url=self._url,
                timeout=SECONDS,
                session=aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)),
                retry_handlers=[],
                logger=_quiet,
            )
        return self._client


def told(error: Exception) -> Exception:
    """Return what a failure means for the message."""
    if isinstance(error, SlackApiError):
        return _answered(error.response)
    if isinstance(error, SlackRequestError):
        return Later("the upload failed")
    if isinstance(error, (aiohttp.ClientError, TimeoutError, OSError)):
        return Later(type(error).__name__)
    return error


def _answered(response: Any) -> Exception:
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        asked = str(response.headers.get("Retry-After", ""))
        return Later("429", float(asked) if asked.isdigit() else None)
    if status >= 500 or code in PASSING:
        return Later(code or f"HTTP {status}")
    if code in BAD_TOKEN:
        return Undeliverable(f"Slack refuses SLACK_BOT_TOKEN: {code}; docs/slack.md says how to get it")
    return Undeliverable(code or f"HTTP {status}")
