"""Rasa's way to the locks of conversations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.state.shared import Shared


class ConversationLocks(LockStore):
    """One lock a conversation, taken in one step, freed by itself when its process dies."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, shared: Shared | None = None) -> None:
        self.shared = shared or Shared(str(endpoint_config.url or "") if endpoint_config else "")

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[TicketLock]:
        async with self.shared.lock(conversation_id):
            yield self.create_lock(conversation_id)
