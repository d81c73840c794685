"""Whatever comes to whichever door: no failure of ours, no traceback, nothing thrown back."""

from __future__ import annotations

import json
import re
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conversations.live import Answer, Assistant, Person
from tests.naughty import BODIES, HEADERS, MARKUP, STRINGS

ASSISTANT = {"/chat/message": "POST", "/chat/forget": "POST"}
PAGES = ["/chat/", "/chat/history", "/chat/summary", "/chat/summary.pdf", "/health", "/ready", "/metrics"]
RASAS = [
    "/",
    "/status",
    "/version",
    "/model",
    "/model/train",
    "/model/parse",
    "/domain",
    "/conversations/web-x/tracker",
    "/conversations/web-x/trigger_intent",
    "/webhooks/rest/webhook",
    "/webhooks/web/",
    "/socket.io/",
]
TOLD = re.compile(r"Traceback|site-packages|\.py\b|sqlalchemy|sanic|rasa|psycopg", re.IGNORECASE)
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]
SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def holds(answer: Answer) -> None:
    """Assert what must hold of every answer."""
    body = answer.body.decode("utf-8", "replace")
    assert answer.status < 500, body
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert not TOLD.search(json.dumps(headers)), headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    if answer.status >= 400 and body:
        assert not TOLD.search(body), body
        assert headers["content-type"].startswith(("application/json", "text/plain")), headers


@pytest.mark.parametrize("door", [*ASSISTANT, *PAGES, *RASAS])
def test_every_door_takes_every_method_and_answers_properly(assistant: Assistant, door: str):
    for method in METHODS:
        holds(assistant.somebody().ask(method, door, b"{}" if method in ("POST", "PUT", "PATCH") else None))


@pytest.mark.parametrize("door", ["/chat", "/chat/", "/chat/index.html"])
def test_every_way_to_the_page_says_who_may_frame_it(assistant: Assistant, door: str):
    answer = assistant.somebody().ask("GET", door)

    policies = [value for name, value in answer.headers.items() if name.lower() == "content-security-policy"]
    assert answer.status in (200, 301, 302, 404)
    assert answer.status != 200 or "frame-ancestors" in policies[0]


@pytest.mark.parametrize("door", RASAS)
def test_none_of_rasas_own_doors_is_open(assistant: Assistant, door: str):
    for method in METHODS:
        assert assistant.somebody().ask(method, door, b"{}").status in (404, 405)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
def test_a_body_that_is_no_message_is_refused_in_plain_words(assistant: Assistant, body: bytes):
    answer = assistant.somebody().ask("POST", "/chat/message", body)

    holds(answer)
    if answer.status != 200:
        assert answer.status in (400, 413)
        assert answer.json["error"].strip()


def test_every_naughty_string_is_answered_or_refused_kindly(assistant: Assistant):
    person = assistant.somebody()
    for number, words in enumerate(STRINGS):
        if number % 30 == 0:
            person = assistant.somebody()
        for message in ({"text": words}, {"payload": words}):
            answer = person.send(message)
            holds(answer)
            if answer.status == 200:
                assert all(reply["text"].strip() for reply in answer.replies), words


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: repr(headers)[:40])
def test_odd_headers_do_no_harm(assistant: Assistant, headers: dict[str, str]):
    for method, door in (
        ("POST", "/chat/message"),
        ("GET", "/chat/history"),
        ("POST", "/chat/forget"),
        ("GET", "/chat/"),
    ):
        body = b'{"text": "hello"}' if method == "POST" else None
        answer = assistant.somebody().ask(method, door, body, **headers)
        holds(answer)
        assert "<script>" not in json.dumps(dict(answer.headers))


def test_what_a_person_typed_never_comes_back_as_markup(assistant: Assistant):
    person = assistant.somebody()
    for words in MARKUP:
        person.send({"text": f"my heel hurts {words}"})
    person.send({"payload": "/summary_please"})

    page = person.ask("GET", "/chat/summary")

    assert page.status == 200
    assert b"<script>alert" not in page.body
    assert b"<img src=x" not in page.body
    assert b"<svg" not in page.body


@SLOWLY
@given(st.text(max_size=300))
def test_any_text_is_answered(assistant: Assistant, words: str):
    holds(assistant.somebody().send({"text": words}))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "payload", "x"]), inner)
    ),
    max_leaves=8,
)


@SLOWLY
@given(JSON)
def test_any_json_is_answered(assistant: Assistant, message: object):
    holds(assistant.somebody().send(message))


@SLOWLY
@given(
    st.sampled_from([*ASSISTANT, "/webhooks/slack/webhook", "/webhooks/telegram/webhook"]),
    st.binary(max_size=400),
)
def test_any_bytes_are_answered(assistant: Assistant, door: str, body: bytes):
    holds(assistant.somebody().ask("POST", door, body))


PATHS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60)


@SLOWLY
@given(st.sampled_from(["/", "/chat/", "/webhooks/", "/chat/%2e%2e/", "/chat//"]), PATHS)
def test_any_path_is_answered(assistant: Assistant, start: str, rest: str):
    holds(assistant.somebody().ask("GET", start + rest))


@pytest.mark.parametrize(
    "path",
    ["/chat/../settings.py", "/chat/%2e%2e/web.py", "/chat/..%2f..%2fsettings.py", "/chat/index.html%00.py"],
)
def test_no_path_leads_out_of_the_widgets_folder(assistant: Assistant, path: str):
    assert assistant.somebody().ask("GET", path).status == 404


def test_a_message_from_another_site_is_refused(assistant: Assistant):
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        for door in ("/chat/message", "/chat/forget"):
            answer = assistant.somebody().ask("POST", door, b'{"text": "hello"}', Origin=origin)
            assert answer.status == 403, (origin, door)


def test_a_forged_session_begins_anew_and_sees_nothing(assistant: Assistant):
    person = assistant.somebody()
    person.says("My heel hurts")
    name = str(person.cookie).partition(".")[0]

    for cookie in (name, f"{name}.", f"{name}.{'0' * 43}", f"{person.cookie}x"):
        thief = Person(assistant.port, cookie)
        assert thief.history() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /chat/ HTTP/9.9\r\n\r\n",
        b"GET /chat/ HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST /chat/message HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=range(9),
)
def test_what_is_no_http_ends_the_line_and_not_the_server(assistant: Assistant, raw: bytes):
    with socket.create_connection(("127.0.0.1", assistant.port), timeout=5) as line:
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while chunk := line.recv(65536):
                said += chunk
        except (ConnectionError, TimeoutError):
            pass

    assert not TOLD.search(said.decode("latin-1")), said
    assert assistant.somebody().ask("GET", "/health").status == 200


def test_who_sends_slowly_keeps_nobody_waiting(assistant: Assistant):
    lines = [socket.create_connection(("127.0.0.1", assistant.port)) for _ in range(50)]
    try:
        for line in lines:
            line.sendall(b"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert assistant.somebody().says("My heel hurts")
    finally:
        for line in lines:
            line.close()


def test_the_whole_fuzzing_left_no_error_and_no_word_in_the_log(assistant: Assistant):
    log = assistant.log()

    assert "Traceback" not in log
    assert "alert(1)" not in log
    assert "etc/passwd" not in log
