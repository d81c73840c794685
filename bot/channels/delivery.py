"""Replies on their way out: in order, again and again while the other side is down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)
PATIENCE = 600.0
# The words say everything without their picture or page, and must not wait long behind it.
PATIENCE_WITH_FILES = 15.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
AT_THE_END = 3.0
Deliver = Callable[[], Awaitable[None]]


class Later(Exception):
    """The other side cannot take it now; `seconds` is what it asked us to wait, if it did."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Undeliverable(Exception):
    """The other side will never take it; the message says why, without the person's words."""


@dataclass(frozen=True)
class _Letter:
    deliver: Deliver
    until: float
    """Monotonic seconds; after that it is given up."""
    matters: bool


class Outbox:
    """Delivers each conversation's replies in order; `name` is the channel's, for the log."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._letters: dict[str, deque[_Letter]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._quiet_until: dict[str, float] = {}

    def put(self, sender: str, deliver: Deliver, patience: float | None = None) -> None:
        """Deliver after what was put before; `patience` is in seconds, 0 for what only looks nice: one try."""
        patience = PATIENCE if patience is None else patience
        letters = self._letters.setdefault(sender, deque())
        letters.append(_Letter(deliver, time.monotonic() + patience, patience > 0))
        if sender not in self._workers:
            self._workers[sender] = asyncio.ensure_future(self._work(sender, letters))

    def quiet(self, sender: str) -> bool:
        """Return True while the other side wants to hear nothing in this conversation."""
        return self._quiet_until.get(sender, 0.0) > time.monotonic()

    async def close(self) -> None:
        """Deliver what can be delivered in a few seconds, then stop."""
        workers = list(self._workers.values())
        if workers:
            await asyncio.wait(workers, timeout=AT_THE_END)
        for worker in workers:
            worker.cancel()
        left = sum(len(letters) for letters in self._letters.values())
        if left:
            logger.error("%s: %d messages could not be delivered before the end.", self._name, left)

    async def _work(self, sender: str, letters: deque[_Letter]) -> None:
        try:
            while letters:
                await self._deliver(sender, letters[0])
                letters.popleft()
            del self._letters[sender]
        finally:
            self._workers.pop(sender, None)
            self._quiet_until.pop(sender, None)

    async def _deliver(self, sender: str, letter: _Letter) -> None:
        wait = FIRST_WAIT
        while (later := await self._try(letter)) is not None:
            pause = later.seconds or wait
            again = time.monotonic() + pause < letter.until
            self._log(letter, str(later), f"again in {pause:.0f} s" if again else "given up")
            if again or later.seconds:
                self._quiet_until[sender] = time.monotonic() + pause
                await asyncio.sleep(pause)
            if not again:
                return
            wait = min(wait * 2, LONGEST_WAIT)

    async def _try(self, letter: _Letter) -> Later | None:
        """Return why it has to be tried again, or nothing where it is done with."""
        try:
            await letter.deliver()
        except Later as later:
            return later
        except Undeliverable as error:
            self._log(letter, str(error), "given up")
        except Exception as error:
            self._log(letter, type(error).__name__, "given up")
        return None

    def _log(self, letter: _Letter, why: str, what: str) -> None:
        level = logging.WARNING if letter.matters else logging.INFO
        logger.log(level, "%s did not take a message (%s): %s.", self._name, why, what)
