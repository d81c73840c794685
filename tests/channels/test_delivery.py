"""Replies wait for a service that is down, in order, and nothing waits for what only looks nice."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace

import pytest

from bot.channels import delivery
from bot.channels.delivery import PATIENCE_WITH_FILES, Later, Outbox, Undeliverable

MINUTE = 60.0


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Service:
    """Takes messages, unless it is down or has troubles; keeps when each came."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.down_until = 0.0
        self.troubles: list[Exception] = []
        self.tries: list[tuple[str, float]] = []
        self.taken: list[tuple[str, float]] = []

    def letter(self, words: str) -> delivery.Deliver:
        async def deliver() -> None:
            self.tries.append((words, self.clock.now))
            if self.clock.now < self.down_until:
                raise Later("ClientConnectorError")
            if self.troubles:
                raise self.troubles.pop(0)
            self.taken.append((words, self.clock.now))

        return deliver

    @property
    def words(self) -> list[str]:
        return [words for words, _ in self.taken]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    waits = {"sleep": clock.sleep, "ensure_future": asyncio.ensure_future, "wait": asyncio.wait}
    monkeypatch.setattr(delivery, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(delivery, "asyncio", SimpleNamespace(**waits))
    return clock


@pytest.fixture
def service(clock: Clock) -> Service:
    return Service(clock)


async def delivered(outbox: Outbox) -> None:
    while outbox._workers:
        await asyncio.sleep(0)


async def test_a_service_that_is_down_for_a_minute_gets_everything_in_order_and_once(service: Service):
    service.down_until, outbox = MINUTE, Outbox("Telegram")

    for words in ("first", "second", "third"):
        outbox.put("ann", service.letter(words))
    await delivered(outbox)

    assert service.words == ["first", "second", "third"]
    assert all(MINUTE <= at <= 2 * MINUTE for _, at in service.taken)
    assert len(service.tries) <= 10


async def test_after_ten_minutes_a_message_is_given_up_and_the_log_says_so(
    service: Service, caplog: pytest.LogCaptureFixture
):
    service.down_until, outbox = 20 * MINUTE, Outbox("Telegram")

    outbox.put("ann", service.letter("a private sentence"))
    await delivered(outbox)

    assert service.taken == []
    assert 9 * MINUTE < service.tries[-1][1] <= 10 * MINUTE
    assert "Telegram did not take a message (ClientConnectorError): given up." in caplog.text
    assert "private" not in caplog.text


async def test_a_wish_to_wait_is_obeyed_to_the_second(service: Service):
    service.troubles, outbox = [Later("429", 30.0)], Outbox("Slack")

    outbox.put("ann", service.letter("first"))
    outbox.put("ann", service.letter("second"))
    await delivered(outbox)

    assert service.tries == [("first", 0.0), ("first", 30.0), ("second", 30.0)]


async def test_one_conversation_does_not_wait_for_another(service: Service):
    service.troubles, outbox = [Later("429", 30.0)], Outbox("Slack")

    outbox.put("ann", service.letter("for Ann"))
    outbox.put("ben", service.letter("for Ben"))
    await delivered(outbox)

    assert service.words == ["for Ben", "for Ann"]


async def test_the_words_do_not_wait_long_behind_a_picture_that_does_not_go(service: Service, clock: Clock):
    async def broken_upload() -> None:
        raise Later("the upload failed")

    outbox = Outbox("Slack")
    outbox.put("ann", broken_upload, PATIENCE_WITH_FILES)
    outbox.put("ann", service.letter("Where does it hurt?"))
    await delivered(outbox)

    assert service.words == ["Where does it hurt?"]
    assert clock.now <= PATIENCE_WITH_FILES


async def test_what_only_looks_nice_is_tried_once(service: Service, caplog: pytest.LogCaptureFixture):
    service.down_until, outbox = MINUTE, Outbox("Slack")

    with caplog.at_level(logging.INFO):
        outbox.put("ann", service.letter("buttons off"), patience=0)
        await delivered(outbox)

    assert len(service.tries) == 1
    assert [record.levelname for record in caplog.records] == ["INFO"]


async def test_what_will_never_be_taken_makes_room_for_the_next(service: Service):
    service.troubles, outbox = (
        [Undeliverable("403 Forbidden: bot was blocked by the user")],
        Outbox("Telegram"),
    )

    outbox.put("ann", service.letter("first"))
    outbox.put("ann", service.letter("second"))
    await delivered(outbox)

    assert service.words == ["second"]


async def test_at_the_end_what_is_left_is_counted(
    service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "AT_THE_END", 0.05)
    gate, outbox = asyncio.Event(), Outbox("Slack")

    async def stuck() -> None:
        await gate.wait()

    outbox.put("ann", stuck)
    outbox.put("ann", service.letter("second"))
    await outbox.close()

    assert "Slack: 2 messages could not be delivered before the end." in caplog.text
