"""An event is taken once, in one process and across two."""

from __future__ import annotations

import asyncio
import multiprocessing
import uuid
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from bot.channels import duplicates
from bot.channels.duplicates import Duplicates, taken_events


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'var' / 'talks.db'}"
    server = create_engine(request.getfixturevalue("postgres_url"), future=True, isolation_level="AUTOCOMMIT")
    name = f"talks_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return make_url(str(server.url)).set(database=name).render_as_string(hide_password=False)


async def test_an_event_is_taken_once(url: str):
    one = Duplicates(url)

    assert await one.first(["a"])
    assert not await one.first(["a"])
    assert await one.first(["b"])


async def test_two_servers_at_once_take_it_once(url: str):
    servers = [Duplicates(url) for _ in range(4)]

    taken = await asyncio.gather(*(server.first(["a", f"{n}"]) for n, server in enumerate(servers)))

    assert sum(taken) == 1


async def test_one_known_key_is_enough(url: str):
    one, other = Duplicates(url), Duplicates(url)
    await one.first(["event 1", "message 1"])

    assert not await one.first(["event 2", "message 1"])
    assert not await other.first(["event 3", "message 1"])


def _in_a_process_of_its_own(url: str, results: multiprocessing.Queue) -> None:
    server = Duplicates(url)
    results.put(sum(asyncio.run(server.first([f"event {n}"])) for n in range(20)))


def test_processes_share_what_they_took(url: str):
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    processes = [spawn.Process(target=_in_a_process_of_its_own, args=(url, results)) for _ in range(2)]
    for process in processes:
        process.start()

    taken = [results.get(timeout=60) for _ in processes]

    for process in processes:
        process.join()
    assert sum(taken) == 20


async def test_the_table_names_nobody(url: str):
    await Duplicates(url).first(["telegram:77"])

    with create_engine(url, future=True).connect() as connection:
        (row,) = connection.execute(select(taken_events.c.event)).all()
    assert len(row[0]) == 64
    assert "telegram" not in row[0]


async def test_old_events_are_tidied_away(url: str, monkeypatch: pytest.MonkeyPatch):
    await Duplicates(url).first(["old"])
    monkeypatch.setattr(duplicates, "KEPT_SECONDS", -10)

    await Duplicates(url).first(["new"])

    with create_engine(url, future=True).connect() as connection:
        assert connection.execute(select(taken_events.c.event)).all() == []


async def test_without_a_database_one_server_still_keeps_watch(caplog: pytest.LogCaptureFixture):
    alone = Duplicates("postgresql://nobody@127.0.0.1:9/none")

    assert await alone.first(["a"])
    assert not await alone.first(["a"])
    assert "did not answer" in caplog.text
