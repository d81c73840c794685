"""Where actions are carried out: in this process, or in an action server of their own."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.logs import HEADER, request_id

logger = logging.getLogger(__name__)
ACTION_SECONDS = 8.0
AGAIN_SECONDS = 0.3


class ActionsHere(EndpointConfig):
    """Carries actions out in this process: no second server, no text of the conversation over a wire."""

    def __init__(self) -> None:
        super().__init__(url="here", enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        """Run the action that Rasa would post; a rejection looks as the action server's."""
        try:
            return await asyncio.wait_for(self._executor.run(json), ACTION_SECONDS)
        except ActionExecutionRejection as error:
            text = f'{{"action_name": "{error.action_name}"}}'
            raise ClientResponseError(400, "rejected", text) from error

    async def ready(self) -> bool:
        """Return True: they are where we are."""
        return True

    async def close(self) -> None:
        """Nothing is open."""


class ActionsThere(EndpointConfig):
    """Posts actions to the action server, over one kept connection, and never waits for long."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url=url, enable_selective_domain=True)
        self._authorization = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        """Post the action; once more where the server went away: an action changes nothing of its own."""
        try:
            return await self._post(json)
        except aiohttp.ServerTimeoutError:
            raise
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(AGAIN_SECONDS)
            return await self._post(json)

    async def ready(self) -> bool:
        """Return True where the action server answers."""
        try:
            url = str(self.url).rpartition("/")[0] + "/health"
            async with self._open().get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the connection."""
        if self._session:
            await self._session.close()

    async def _post(self, body: dict[str, Any]) -> Any:
        headers = {**self._authorization, HEADER: request_id.get()}
        async with self._open().post(str(self.url), json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise ClientResponseError(answer.status, str(answer.reason), await answer.text())
            return await answer.json()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACTION_SECONDS))
        return self._session
