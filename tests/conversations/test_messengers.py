"""The whole assistant in Slack and Telegram: from the greeting to the referral, and when things go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiohttp import web

from tests.channels import telegram_server
from tests.channels.beside import Services
from tests.channels.people import SlackPerson, TelegramPerson, wait
from tests.channels.slack_server import SIGNING_SECRET, TOKEN, event, signed
from tests.conversations.live import ROOT, Assistant, Reply, cards_in, free_ports, question_in, the
from tests.conversations.test_live import NUMB_BELOW, USUALLY
from tests.conversations.trio import Trio

AT_ONCE = 10
PRIVATE = "my left heel burns since the zebra parade"


@pytest.fixture(autouse=True)
def nothing_is_refused(messengers: Services) -> Iterator[None]:
    """Slack and Telegram take every call as it is."""
    yield
    assert messengers.slack.faults == []
    assert messengers.telegram.faults == []


@pytest.fixture(params=["slack", "telegram"])
def one(request: pytest.FixtureRequest) -> SlackPerson | TelegramPerson:
    """Somebody new in one of both."""
    return request.getfixturevalue(f"{request.param}_person")


def said_to(one: SlackPerson | TelegramPerson) -> list[str]:
    return [message.words.lower() for message in one.messages]


def until_it_says(words: str, one: SlackPerson | TelegramPerson) -> None:
    wait(lambda: any(words in said for said in said_to(one)), repr(words))


def test_from_the_greeting_past_an_alarm_to_the_referral(trio: Trio):
    pressed: list[str] = []

    def press(title: str) -> list[Reply]:
        pressed.append(title)
        return trio.presses(title)

    greeting = trio.says("hello")
    assert question_in(trio.says("My foot hurts and my lower back hurts too"))
    alarm = trio.says(NUMB_BELOW)
    replies = press("Go on with the talk")
    while (question := question_in(replies)) and len(pressed) < 20:
        replies = press(USUALLY.get(question, "No"))

    assert the("notice", greeting)["id"] == "welcome"
    assert the("urgent_care", alarm)["red_flag"] == "cauda_equina"
    assert cards_in(replies)[-3:] == ["answer", "referral", "summary"]
    assert {"podiatrist", "spine_specialist"} <= set(the("referral", replies)["specialists"])
    # The question for the site may be put again after the alarm.
    assert list(dict.fromkeys(trio.slack.files)) == ["The feet, with numbered sites", "My feet and my back"]
    assert list(dict.fromkeys(trio.telegram.files)) == ["feet.png", "my-feet-and-my-back.pdf"]
    for person in trio.others:
        wait(lambda: len(person.choices) == len(pressed), "the choice under each question")  # noqa: B023
        assert [words.lstrip("✓ 0123456789.") for words in person.choices] == pressed


def test_who_opens_the_messages_in_slack_for_the_first_time_is_welcomed_once(slack_person: SlackPerson):
    opened = {"type": "app_home_opened", "tab": "messages", "channel_type": None}
    place = {"user": slack_person.user, "channel": slack_person.channel}

    slack_person.send(event(None, **opened, **place))
    until_it_says("i cannot examine you", slack_person)
    slack_person.send(event(None, **opened, **place))
    slack_person.says("What is sciatica?")

    until_it_says("sciatic", slack_person)
    assert ["examine" in said for said in said_to(slack_person)].count(True) == 1


def test_a_site_may_be_told_by_its_number_in_the_picture(one: SlackPerson | TelegramPerson):
    one.says("My foot hurts and my lower back hurts too")
    until_asked_for_the_site(one)

    one.says("1")
    one.says("Summary, please")

    until_it_says("page to bring along", one)
    assert "heel" in said_to(one)[-1]


def until_asked_for_the_site(one: SlackPerson | TelegramPerson) -> None:
    """Say no to whatever is asked before."""
    for _ in range(4):
        wait(lambda: one.messages and one.messages[-1].buttons, "a question")
        if "Heel" in one.messages[-1].buttons:
            return
        before = len(one.messages)
        one.presses("No")
        wait(lambda: len(one.messages) > before, "the next question")  # noqa: B023
    raise AssertionError(f"nobody asks for the site: {one.messages}")


def test_who_asks_for_it_is_forgotten(one: SlackPerson | TelegramPerson):
    one.says("My heel hurts")
    one.says("Please delete my data")
    one.says("Summary, please")

    until_it_says("nothing of it is kept", one)
    until_it_says("tell me in your own words", one)
    assert not any("page to bring along" in said for said in said_to(one))


# What no one should send


def test_what_is_forged_old_or_too_big_is_refused_by_slacks_door(slack_person: SlackPerson):
    forged = slack_person.writes("My heel hurts")
    body, now = json.dumps(forged), int(time.time())

    refused = [
        slack_person.send(forged, **{"X-Slack-Signature": "v0=" + "0" * 64}),
        slack_person.send(forged, **signed(body, now - 301)),
        slack_person.send(forged, **signed(body, secret=SIGNING_SECRET[::-1])),
        slack_person.send(forged, **signed(body, now + 301)),
        slack_person.send(slack_person.writes("a" * 1_000_000)),
    ]
    slack_person.says("hello")

    wait(lambda: slack_person.messages, "an answer")
    assert refused == [401, 401, 401, 401, 413]
    assert ["I cannot examine you" in m.words for m in slack_person.messages] == [True]


def test_what_is_forged_or_too_big_is_refused_by_telegrams_door(telegram_person: TelegramPerson):
    update = telegram_person.writes("My heel hurts")

    refused = [
        telegram_person.send(update, ""),
        telegram_person.send(update, telegram_server.SECRET[::-1]),
        telegram_person.send(telegram_person.writes("a" * 1_000_000)),
    ]
    telegram_person.says("hello")

    wait(lambda: telegram_person.messages, "an answer")
    assert refused == [403, 403, 413]
    assert ["I cannot examine you" in m.words for m in telegram_person.messages] == [True]


def test_the_same_event_ten_times_at_once_and_once_more_is_answered_once(one: SlackPerson | TelegramPerson):
    said = one.writes("hello")

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        statuses = list(crowd.map(one.send, [said] * AT_ONCE))
    wait(lambda: one.messages, "an answer")
    replayed = one.send(said)
    one.says("What is sciatica?")

    until_it_says("sciatic", one)
    assert {*statuses, replayed} == {200}
    assert ["examine" in said for said in said_to(one)].count(True) == 1


def test_events_out_of_order_are_all_answered(one: SlackPerson | TelegramPerson):
    first, second = one.writes("What are bunions?"), one.writes("What is sciatica?")

    one.send(second)
    one.send(first)

    until_it_says("sciatic", one)
    until_it_says("bunion", one)


# When the other side is in trouble


def test_slacks_trouble_loses_nothing_and_doubles_nothing(slack_person: SlackPerson, messengers: Services):
    slow_down = web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}
    )
    messengers.slack.troubles = [web.Response(status=500, text="<html>oops</html>"), slow_down]

    slack_person.says("hello")
    slack_person.says("What is sciatica?")

    until_it_says("sciatic", slack_person)
    answers = said_to(slack_person)
    assert "examine" in answers[0]
    assert len(set(answers)) == len(answers)


def test_while_telegram_is_down_answers_are_kept_in_order(
    telegram_person: TelegramPerson, messengers: Services, assistant: Assistant
):
    with messengers.without_telegram():
        telegram_person.says(PRIVATE)
        telegram_person.says("What is sciatica?")
        wait(lambda: "Telegram did not take a message" in assistant.log(), "a line in the log")

    until_it_says("sciatic", telegram_person)
    answers = said_to(telegram_person)
    assert "sciatic" not in answers[0]
    assert len(set(answers)) == len(answers)


def test_the_log_has_no_words_no_names_and_no_token(one: SlackPerson | TelegramPerson, assistant: Assistant):
    one.says(PRIVATE)

    wait(lambda: one.messages, "an answer")
    log = assistant.log()
    assert "Traceback" not in log
    told = ("zebra", str(one.user), TOKEN, telegram_server.TOKEN, SIGNING_SECRET, telegram_server.SECRET)
    assert [word for word in told if word in log] == []


# Two servers, one database


@pytest.fixture(scope="module")
def second(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A second server process beside the first, on the same database and action server."""
    (port,) = free_ports(1)
    other = Assistant(port, tmp_path_factory.mktemp("second"), {**assistant.environment, "PORT": str(port)})
    other.start("server")
    try:
        other.wait_until_ready()
        yield other
    finally:
        other.end("server")


def test_two_server_processes_answer_each_event_once(one: SlackPerson | TelegramPerson, second: Assistant):
    kind, service = type(one), one.slack if isinstance(one, SlackPerson) else one.telegram
    people = [kind(one.port, service) for _ in range(5)]
    beside = [kind(second.port, service, person.user) for person in people]
    said = [person.writes("hello") for person in people]

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        for _ in range(2):
            statuses = crowd.map(lambda who, sent: who.send(sent), people + beside, said + said)
            assert set(statuses) == {200}
    for person in people:
        until_it_says("examine", person)
        person.says("What is sciatica?")
        until_it_says("sciatic", person)

    greetings = [["examine" in said for said in said_to(person)].count(True) for person in people]
    assert greetings == [1] * len(people)


# The start


def test_a_missing_secret_and_a_wrong_one_are_one_line_each_at_the_start(tmp_path: Path):
    wrong = {
        "TELEGRAM_BOT_TOKEN": "42:abc",
        "TELEGRAM_SECRET_TOKEN": "not allowed!",
        "SLACK_BOT_TOKEN": "xoxb-1",
    }
    settings = {**wrong, "SLACK_SIGNING_SECRET": "", "MODELS": str(tmp_path), "PORT": str(free_ports(1)[0])}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "server"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )

    lines: list[str] = []
    while len(lines) < 2 and (line := process.stderr.readline()):
        lines += [line] if "SECRET" in line else []
    process.kill()
    process.wait()

    assert lines[0].startswith("Slack is off: SLACK_BOT_TOKEN is set, but SLACK_SIGNING_SECRET is not.")
    assert lines[1].startswith("TELEGRAM_SECRET_TOKEN does not look right")
