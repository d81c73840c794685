"""When a part fails, the person still gets an answer, and nothing that was confirmed is lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import create_engine, text

from tests.conversations.live import Assistant, Person, cards_in, question_in
from tests.faults.conftest import Clinic

HEEL = "My left heel hurts in the morning"
NUMB_BELOW = "I can't feel the toilet paper when I wipe"
DAY = 24 * 3600


def readiness(assistant: Assistant) -> dict:
    return assistant.somebody().ask("GET", "/ready").json


def eventually(holds: Callable[[], object], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.1)


def said_by(person: Person) -> list[str]:
    return [line["text"] for line in person.history() if line["from"] == "you"]


# The database


def test_without_the_database_a_warning_sign_is_still_heard_and_every_message_answered(clinic: Clinic):
    person, newcomer = clinic.assistant.somebody(), clinic.assistant.somebody()
    person.says(HEEL)
    clinic.postgres.stop()
    try:
        assert readiness(clinic.assistant)["database"] == "The database of DATABASE_URL does not answer."
        assert person.says("both feet tingle, too")
        assert cards_in(newcomer.says(NUMB_BELOW)) == ["urgent_care"]
        assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]
    finally:
        clinic.postgres.start()

    eventually(lambda: readiness(clinic.assistant)["ready"])
    eventually(lambda: said_by(person) == [HEEL, "both feet tingle, too", NUMB_BELOW])
    eventually(lambda: said_by(newcomer) == [NUMB_BELOW])
    assert person.says("what is sciatica?")


def test_what_is_to_be_forgotten_while_the_database_is_away_is_not_called_forgotten(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says(HEEL)
    clinic.postgres.stop()
    try:
        answer = person.ask("POST", "/chat/forget", b"{}")
    finally:
        clinic.postgres.start()

    assert answer.status == 503
    assert "forgotten" not in answer.json
    assert "in a moment" in answer.json["error"]
    eventually(lambda: person.ask("POST", "/chat/forget", b"{}").json.get("forgotten"))


def test_a_damaged_row_does_not_end_a_talk(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says(HEEL)
    sender = f"web-{str(person.cookie).partition('=')[2].partition('.')[0]}"
    with create_engine(clinic.postgres.url, future=True).begin() as connection:
        connection.execute(
            text(
                "UPDATE events SET data = '{torn' WHERE id = (SELECT max(id) FROM events "
                "WHERE sender_id = :s AND type_name = 'bot')"
            ),
            [{"s": sender}],
        )
        connection.execute(
            text("INSERT INTO events (sender_id, type_name, data) VALUES (:s, 'slot', '')"), [{"s": sender}]
        )

    assert person.says("it is the left one")
    assert said_by(person) == [HEEL, "it is the left one"]


@pytest.mark.parametrize(("jump", "goes_on"), [(DAY, True), (-DAY, False)])
def test_when_the_clock_jumps_the_person_is_answered(clinic: Clinic, jump: float, goes_on: bool):
    person = clinic.assistant.somebody()
    person.says(HEEL)
    shift(clinic, person, jump)

    replies = person.says("my back hurts now")

    assert replies
    assert (HEEL in said_by(person)) is goes_on


def shift(clinic: Clinic, person: Person, seconds: float) -> None:
    """Make what is stored as old (or as young) as it looks after the clock jumped the other way."""
    sender = f"web-{str(person.cookie).partition('=')[2].partition('.')[0]}"
    with create_engine(clinic.postgres.url, future=True).begin() as connection:
        rows = connection.execute(
            text("SELECT id, data FROM events WHERE sender_id = :s"), [{"s": sender}]
        ).all()
        for row in rows:
            event = json.loads(row.data)
            event["timestamp"] += seconds
            connection.execute(
                text("UPDATE events SET timestamp = :t, data = :d WHERE id = :i"),
                [{"t": event["timestamp"], "d": json.dumps(event), "i": row.id}],
            )
        # So that no process answers from its memory.
        last = {"event": "slot", "name": "stage", "value": "interview", "timestamp": event["timestamp"]}
        connection.execute(
            text("INSERT INTO events (sender_id, type_name, data) VALUES (:s, 'slot', :d)"),
            [{"s": sender, "d": json.dumps(last)}],
        )


# Redis


def test_without_redis_talks_go_on_and_with_it_again(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says(HEEL)
    clinic.redis.stop()
    try:
        assert readiness(clinic.assistant)["redis"] == "The Redis of REDIS_URL does not answer."
        assert person.says("the left one")
    finally:
        clinic.redis.start()

    assert readiness(clinic.assistant)["ready"]
    assert person.says("since May")
    assert said_by(person) == [HEEL, "the left one", "since May"]


# The action server


@contextmanager
def instead_of_actions(
    assistant: Assistant, answer: Callable[[BaseHTTPRequestHandler], None]
) -> Iterator[None]:
    """Let something else answer where the action server was."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    assistant.end("actions")
    server = ThreadingHTTPServer(("127.0.0.1", int(assistant.environment["ACTIONS_PORT"])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        assistant.start("actions")
        eventually(lambda: readiness(assistant)["ready"], 60)


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def late(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(10)
    reply(handler, 200, b'{"events": [], "responses": []}')


def broken(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 500, b'{"error": "boom"}')


def senseless(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, b"<html>hello</html>")


@pytest.mark.parametrize("answer", [late, broken, senseless])
def test_an_action_server_that_fails_costs_an_apology_never_silence(clinic: Clinic, answer):
    person = clinic.assistant.somebody()
    person.says("hi")
    with instead_of_actions(clinic.assistant, answer):
        began = time.monotonic()
        assert [r["id"] for r in person.says(HEEL)] == ["sorry"]
        assert time.monotonic() - began < 25
        assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]

    assert person.presses("Go on with the talk")
    assert HEEL in said_by(person)


def test_the_action_server_takes_nothing_without_its_token(clinic: Clinic):
    actions = Person(int(clinic.assistant.environment["ACTIONS_PORT"]))

    answer = actions.ask("POST", "/webhook", b'{"next_action": "action_interview"}')

    assert answer.status == 403
    assert actions.ask("GET", "/actions").status == 403


# The server itself


def test_a_server_that_is_told_to_stop_ends_the_turn_first(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says("hi")

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(2)
        reply(handler, 200, b'{"events": [], "responses": [{"text": "after a while"}]}')

    with instead_of_actions(clinic.assistant, slow), ThreadPoolExecutor() as pool:
        answer = pool.submit(person.says, HEEL)
        time.sleep(1)
        server = clinic.assistant.processes.pop("server")
        server.send_signal(signal.SIGTERM)

        assert answer.result()[0]["text"] == "after a while"
        assert server.wait(40) == 0
        clinic.assistant.start("server")
        clinic.assistant.wait_until_alive()
    assert HEEL in stored(clinic)


def stored(clinic: Clinic) -> str:
    with create_engine(clinic.postgres.url, future=True).connect() as connection:
        return "".join(connection.execute(text("SELECT data FROM events")).scalars())


def test_two_hundred_people_at_once_are_all_answered(clinic: Clinic):
    people = [clinic.assistant.somebody() for _ in range(200)]

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda person: person.says(HEEL), people))

    assert all(question_in(replies) for replies in answers)


def test_the_log_is_json_with_the_requests_id_and_without_a_word(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says("hi")

    def broken_with_number(handler: BaseHTTPRequestHandler) -> None:
        numbers.append(handler.headers["X-Request-Id"])
        broken(handler)

    numbers: list[str] = []
    with instead_of_actions(clinic.assistant, broken_with_number):
        person.ask(
            "POST",
            "/chat/message",
            json.dumps({"text": "my zebra-striped socks hurt my heel"}).encode(),
            **{"X-Request-Id": "from-the-proxy-1"},
        )

    log = clinic.assistant.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(line["request"] == "from-the-proxy-1" and line["level"] == "error" for line in lines)
    assert set(numbers) == {"from-the-proxy-1"}
    assert "zebra" not in log


def test_the_figures_count_turns_and_red_flags_and_hold_nothing_personal(clinic: Clinic):
    person = clinic.assistant.somebody()
    person.says(NUMB_BELOW)

    figures = person.ask("GET", "/metrics").body.decode()

    assert 'sole_spine_red_flags_total{as="alarm",red_flag="cauda_equina"}' in figures
    assert 'sole_spine_turns_total{channel="web",outcome="answered"}' in figures
    for stage in ("wait", "read", "understand", "decide", "act", "write", "turn"):
        assert f'sole_spine_stage_seconds_count{{stage="{stage}"}}' in figures
    assert "web-" not in figures
    assert person.ask("GET", "/metrics", **{"X-Forwarded-For": "203.0.113.7"}).status == 404
