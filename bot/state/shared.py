"""What server processes share in Redis: locks of conversations and counts of messages."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
# A process that is killed frees its conversations after so long; one that lives renews in time.
LOCK_SECONDS = 6.0
RENEW_SECONDS = 2.0
TRY_SECONDS = 0.02
WAIT_SECONDS = 20.0
ANSWER_SECONDS = 2.0
CONVERSATIONS = 10_000

RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end"
FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
COUNT = """
local n = redis.call('incr', KEYS[1])
if n == 1 or redis.call('pttl', KEYS[1]) < 0 then redis.call('pexpire', KEYS[1], ARGV[1]) end
return n
"""


class Busy(RuntimeError):
    """Another turn of the conversation did not end in time."""


class Shared:
    """Locks and counts over all processes; while Redis is away, within this one."""

    def __init__(self, url: str) -> None:
        self._redis = (
            Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
            if url
            else None
        )
        self._counts: OrderedDict[str, deque[float]] = OrderedDict()

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """Hold the one lock of this name; raise Busy where it does not come free in time."""
        key, token = f"lock:{name}", secrets.token_hex(16)
        if not await self._locked(key, token):
            # Within a process the channel's lanes keep order already.
            yield
            return
        renewing = asyncio.ensure_future(self._renew(key, token))
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(RedisError, OSError, asyncio.TimeoutError):
                await self._redis_or_fail().eval(FREE, 1, key, token)

    async def count(self, name: str, seconds: float) -> int:
        """Count one more of this name; return how many there are in a window of so many seconds.

        In Redis a window begins with its first count and then ends as a whole; here it moves along.
        """
        here = self._count_here(name, seconds)
        if self._redis is None:
            return here
        try:
            return int(await self._redis.eval(COUNT, 1, f"count:{name}", int(seconds * 1000)))
        except (RedisError, OSError, TimeoutError) as error:
            self._away(error)
            return here

    async def answers(self) -> bool:
        """Return True where Redis answers, or where none is used."""
        if self._redis is None:
            return True
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.close()

    async def _locked(self, key: str, token: str) -> bool:
        """Take the lock; return False where there is no Redis to hold it."""
        if self._redis is None:
            return False
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                if await self._redis.set(key, token, nx=True, px=int(LOCK_SECONDS * 1000)):
                    return True
            except (RedisError, OSError, TimeoutError) as error:
                self._away(error)
                return False
            if time.monotonic() > until:
                raise Busy("another turn of this conversation did not end in time")
            await asyncio.sleep(TRY_SECONDS)

    async def _renew(self, key: str, token: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._redis_or_fail().eval(RENEW, 1, key, token, int(LOCK_SECONDS * 1000))
            except (RedisError, OSError, TimeoutError) as error:
                self._away(error)

    def _count_here(self, name: str, seconds: float) -> int:
        now = time.monotonic()
        times = self._counts.setdefault(name, deque())
        self._counts.move_to_end(name)
        while times and now - times[0] > seconds:
            times.popleft()
        times.append(now)
        while len(self._counts) > CONVERSATIONS:
            self._counts.popitem(last=False)
        return len(times)

    def _redis_or_fail(self) -> Redis:
        if self._redis is None:
            raise RedisError("there is no Redis")
        return self._redis

    @staticmethod
    def _away(error: Exception) -> None:
        logger.error("Redis did not answer: %s. This process goes on by itself.", type(error).__name__)
