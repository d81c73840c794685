"""Several processes over PostgreSQL and Redis behind nginx: one of them may be killed at any time."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.conversations.live import Assistant, Person, running
from tests.servers import fresh_database

HEEL = "My left heel hurts in the morning"


@pytest.fixture(scope="module")
def fleet(model: None, databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    postgres, redis = databases
    url = fresh_database(postgres.url)
    folder = tmp_path_factory.mktemp("fleet")
    with running(folder, "run --processes 2", database_url=url, REDIS_URL=redis.url) as assistant:
        yield assistant


def servers(fleet: Assistant) -> list[int]:
    """The processes that serve now: those that listen, nginx apart."""
    children = psutil.Process(fleet.processes["run --processes 2"].pid).children()
    return [
        child.pid
        for child in children
        if child.name().startswith("python")
        and any(line.status == psutil.CONN_LISTEN for line in child.net_connections())
    ]


def texts(person: Person, who: str = "you") -> list[str]:
    return [line["text"] for line in person.history() if line["from"] == who]


def says_until_answered(person: Person, words: str) -> None:
    """Send again as a person does who sees that it did not go through."""
    for _ in range(100):
        try:
            if person.send({"text": words}).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail("nobody answered")


def test_a_talk_goes_on_whichever_process_answers(fleet: Assistant):
    person = fleet.somebody()

    for words in (HEEL, "since May", "the left one", "my back hurts now", "it burns"):
        assert person.says(words)

    assert texts(person) == [HEEL, "since May", "the left one", "my back hurts now", "it burns"]
    assert "heel" in json.dumps(person.send({"payload": "/summary_please"}).replies)


def test_a_talk_goes_on_when_the_process_that_served_it_is_killed(fleet: Assistant):
    person = fleet.somebody()
    person.says(HEEL)

    for number, pid in enumerate(servers(fleet)):
        os.kill(pid, signal.SIGKILL)
        says_until_answered(person, f"and there is more, number {number}")
        until = time.monotonic() + 180
        while len(servers(fleet)) < 2:
            assert time.monotonic() < until, fleet.log()[-2000:]
            time.sleep(0.2)

    assert texts(person) == [HEEL, "and there is more, number 0", "and there is more, number 1"]
    assert "heel" in json.dumps(person.send({"payload": "/summary_please"}).replies)


def test_messages_sent_all_at_once_are_each_answered_once_and_in_turn(fleet: Assistant):
    person = fleet.somebody()
    person.says("hi")
    sent = [f"my heel hurts, thing {number}" for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda words: person.send({"text": words}), sent))

    assert all(answer.status == 200 and answer.replies for answer in answers)
    assert sorted(texts(person)[1:]) == sent
    # After each message comes its own answer, never another message.
    who = "".join("y" if line["from"] == "you" else "a" for line in person.history())
    assert re.fullmatch(r"(ya+)+", who), who


def test_a_flood_is_counted_over_all_processes(fleet: Assistant):
    person = fleet.somebody()
    person.says("hi")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: person.send({"payload": "/greet"}).status, range(60)))

    assert answers.count(200) == 39
    assert answers.count(429) == 21


def test_the_public_door_shows_no_figures_and_no_versions(fleet: Assistant):
    for path in (
        "/metrics",
        "/ready",
        "/status",
        "/version",
        "/model",
        "/conversations/x/tracker",
        "/actions",
    ):
        answer = fleet.somebody().ask("GET", path)
        assert answer.status == 404, path
        assert not re.search(
            r"rasa|sanic|python|nginx/\d", (str(answer.headers) + answer.body.decode()).lower()
        ), path


def test_what_is_too_long_is_refused_kindly_at_the_door(fleet: Assistant):
    answer = fleet.somebody().send({"text": "x" * 300_000})

    assert answer.status == 413
    assert "in parts" in answer.json["error"]


def test_nginx_logs_neither_addresses_nor_words(fleet: Assistant):
    person = fleet.somebody()
    person.ask("GET", "/chat/history?zebra=1")
    person.says("my zebra-striped heel")

    log = fleet.log()
    lines = [json.loads(line) for line in log.splitlines() if '"nginx"' in line]
    assert {"path", "request", "status"} <= set(lines[-1])
    assert "zebra" not in log
    assert "127.0.0.1" not in "".join(map(str, lines))
