"""What server processes share: one lock a conversation, and how much one person sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.state import shared as shared_module
from bot.state.shared import LOCK_SECONDS, Busy, Shared
from tests.servers import Redis

ANNA = "web-anna0001"


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.stop()


@pytest.fixture
async def processes(redis: Redis) -> AsyncIterator[list[Shared]]:
    """As many ways to the same Redis as there might be server processes."""
    ways = [Shared(redis.url) for _ in range(4)]
    yield ways
    for way in ways:
        await way.close()


async def test_turns_of_one_conversation_never_overlap(processes: list[Shared]):
    inside, most = 0, 0

    async def turn(process: Shared) -> None:
        nonlocal inside, most
        async with process.lock(ANNA):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(turn(process) for process in processes * 5))

    assert (inside, most) == (0, 1)


async def test_one_conversation_does_not_wait_for_another(processes: list[Shared]):
    async with processes[0].lock(ANNA):
        began = time.monotonic()
        async with processes[1].lock("web-ben00001"):
            assert time.monotonic() - began < 1


async def test_a_lock_expires_with_the_process_that_held_it(processes: list[Shared], redis: Redis):
    held = processes[0].lock(ANNA)
    await held.__aenter__()

    assert 0 < redis.lives(f"lock:{ANNA}") <= LOCK_SECONDS * 1000
    # The process is killed: nothing is renewed and nothing is freed.
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    began = time.monotonic()
    async with processes[1].lock(ANNA):
        assert time.monotonic() - began < LOCK_SECONDS + 1


async def test_a_long_turn_keeps_its_lock(processes: list[Shared], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shared_module, "LOCK_SECONDS", 0.3)
    monkeypatch.setattr(shared_module, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(shared_module, "WAIT_SECONDS", 0.6)

    async with processes[0].lock(ANNA):
        with pytest.raises(Busy):
            async with processes[1].lock(ANNA):
                pytest.fail("two turns at once")


async def test_a_lock_that_was_lost_is_not_taken_from_who_has_it_now(processes: list[Shared], redis: Redis):
    first = processes[0].lock(ANNA)
    await first.__aenter__()
    redis._server.delete(f"lock:{ANNA}")

    async with processes[1].lock(ANNA):
        await first.__aexit__(None, None, None)
        assert redis.keys() == [f"lock:{ANNA}"]


async def test_messages_are_counted_over_all_processes_and_forgotten_in_time(processes, redis: Redis):
    counts = [await process.count(ANNA, 60) for process in processes]

    assert counts == [1, 2, 3, 4]
    assert 0 < redis.lives(f"count:{ANNA}") <= 60_000


async def test_without_redis_a_process_goes_on_by_itself_and_comes_back(processes, redis: Redis):
    redis.stop()
    async with processes[0].lock(ANNA):
        assert await processes[0].count(ANNA, 60) == 1
        assert not await processes[0].answers()

    redis.start()
    assert await processes[0].answers()
    async with processes[0].lock(ANNA):
        assert redis.keys() == [f"lock:{ANNA}"]


async def test_where_none_is_used_all_is_well():
    alone = Shared("")

    async with alone.lock(ANNA):
        assert [await alone.count(ANNA, 60) for _ in range(3)] == [1, 2, 3]
    assert await alone.answers()
