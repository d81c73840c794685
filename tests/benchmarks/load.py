"""Many people at once: each talks in a conversation of their own, from an address of their own."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

# One talk, again and again; both assistants hear the same.
SAID = (
    "hi",
    "my left heel hurts in the morning",
    "no",
    "my lower back aches too",
    "why do you ask?",
    "for three months",
    "what is plantar fasciitis?",
    "yes",
    "it burns when I stand for long",
    "what helps against it?",
)
Say = Callable[[str], Awaitable[bool]]
"""Sends a message and waits for its last answer; False where there was none."""


@dataclass
class Figures:
    """What a run showed; times in milliseconds."""

    turns: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.turns)

    @property
    def p95(self) -> float:
        return sorted(self.turns)[int(len(self.turns) * 0.95)]

    @property
    def a_second(self) -> float:
        return len(self.turns) / self.seconds

    @property
    def a_core_second(self) -> float:
        """Turns for each second that the servers kept a core busy: what else runs here does not count."""
        return len(self.turns) / self.cpu_seconds


class Person:
    """One conversation over the web door, or over Rasa's REST channel."""

    def __init__(self, port: int, number: int, stock: bool) -> None:
        address = ("127.0.0.1", 0) if stock else (f"127.0.{1 + number // 250}.{1 + number % 250}", 0)
        connector = aiohttp.TCPConnector(local_addr=address)
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=60)
        )
        self._stock, self._name, self._cookie = stock, f"bench-{time.time_ns()}-{number}", ""
        self._url = f"http://127.0.0.1:{port}" + ("/webhooks/rest/webhook" if stock else "/chat/message")

    async def say(self, words: str) -> bool:
        """Send words; return True where they were answered."""
        body = {"sender": self._name, "message": words} if self._stock else {"text": words}
        try:
            async with self._session.post(self._url, json=body, headers={"Cookie": self._cookie}) as answer:
                text = await answer.text()
                if "Set-Cookie" in answer.headers:
                    self._cookie = answer.headers["Set-Cookie"].partition(";")[0]
                if self._stock:
                    return answer.status == 200
                return (
                    answer.status == 200
                    and '"id": "sorry"' not in text
                    and bool(json.loads(text.splitlines()[-1]))
                )
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the browser."""
        await self._session.close()


async def talk(
    person: Person, until: float, figures: Figures, pause: float, start: int, delay: float
) -> None:
    """Say one thing after the other until the time is up."""
    number = start
    await asyncio.sleep(delay)
    while time.monotonic() < until:
        began = time.perf_counter()
        answered = await person.say(SAID[number % len(SAID)])
        figures.turns.append((time.perf_counter() - began) * 1000)
        figures.failed += not answered
        number += 1
        await asyncio.sleep(pause)


async def crowd(port: int, people: int, seconds: float, stock: bool = False, pause: float = 0.0) -> Figures:
    """Let so many talk at once for so long; with pauses, they do not all begin in the same instant."""
    figures = Figures()
    persons = [Person(port, number, stock) for number in range(people)]
    began = time.monotonic()
    until = began + seconds
    await asyncio.gather(
        *(talk(p, until, figures, pause, n, pause * n / people) for n, p in enumerate(persons))
    )
    figures.seconds = time.monotonic() - began
    for person in persons:
        await person.close()
    return figures


async def long_talk(port: int, turns: int, stock: bool = False) -> list[float]:
    """Return the milliseconds of each turn of one long conversation."""
    person = Person(port, 0, stock)
    times = []
    for number in range(turns):
        began = time.perf_counter()
        await person.say(SAID[number % len(SAID)])
        times.append((time.perf_counter() - began) * 1000)
    await person.close()
    return times
