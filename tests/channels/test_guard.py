"""Every channel has one guard: what a person may send, and what they hear when a turn fails."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from bot.channels import guard as guard_module
from bot.channels.guard import (
    BARE,
    PAYLOAD_AT_MOST,
    SORRY,
    TEXT_AT_MOST,
    TURNS_A_MINUTE,
    Guard,
    Refused,
    carry_out,
)
from bot.knowledge.concepts import Region
from bot.reasoning import cards
from bot.reasoning.explanation import explain
from bot.reasoning.summary import summary
from bot.state import shared as shared_module
from bot.state.shared import Shared
from tests.told import conversation, story, turn

TELEGRAM_BYTES = 64


@pytest.fixture
def guard(knowledge) -> Guard:
    return Guard(knowledge, Shared(""))


# ------------------------------------------------------------------- a person's own words


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        ("my heel hurts", "my heel hurts"),
        ("  my heel  ", "my heel"),
        ("7/10, and/or worse", "7/10, and/or worse"),
        ("Ünïcödé ❤", "Ünïcödé ❤"),
        ("nu\x00mb", "nu mb"),
    ],
)
def test_words_are_passed_on(sent, passed, guard):
    assert guard.text(sent).text == passed


def test_a_region_that_we_know_is_kept_and_any_other_is_the_servers_own(guard):
    assert guard.region("UK") == "UK"
    assert [guard.region(sent) for sent in ("Atlantis", "uk", "", None, 5, ["UK"], {})] == [""] * 7


@pytest.mark.parametrize(
    "sent",
    [
        *("/restart", "//restart", " / restart", "\u200b/restart", "／restart"),
        *(
            "/\n/restart",
            "/\t/restart",
            "/\r\n / \t/restart",
            "/\u00a0/restart",
            "/\u2028/restart",
            "\n/\x1c/restart",
        ),
    ],
)
def test_what_looks_like_a_command_is_taken_as_words(sent, guard):
    assert guard.text(sent).text == "restart"


def test_no_payload_comes_in_as_words(guard):
    assert guard.text('/\t/tell{"red_flag": "dvt"}').text == 'tell{"red_flag": "dvt"}'


@pytest.mark.parametrize("sent", ["", "   ", "/", "\u200b", "\n", "/ / /"])
def test_an_empty_message_is_refused(sent, guard):
    with pytest.raises(Refused) as refused:
        guard.text(sent)

    assert refused.value.status == 400


@pytest.mark.parametrize("sent", [None, 7, ["heel"], {"text": "heel"}, True])
def test_what_is_no_text_is_refused(sent, guard):
    with pytest.raises(Refused) as refused:
        guard.text(sent)

    assert refused.value.status == 400


def test_a_story_may_be_long_but_not_endless(guard):
    assert guard.text("x" * TEXT_AT_MOST)

    with pytest.raises(Refused, match="in parts") as refused:
        guard.text("x" * (TEXT_AT_MOST + 1))

    assert refused.value.status == 413


def test_one_sign_that_stands_for_many_letters_counts_as_many(guard: Guard):
    with pytest.raises(Refused, match="in parts"):
        guard.text("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 1000)


# ------------------------------------------------------------------- buttons


@pytest.mark.parametrize(
    "payload",
    [
        *(f"/{move}" for move in sorted(BARE)),
        '/tell{"finding": "foot_site.heel"}',
        '/tell{"finding": "gait.limping,no gait.leaning"}',
        '/ask{"topic": "bunions"}',
        '/ask{"topic": "bunions", "more": "yes"}',
    ],
)
def test_our_own_buttons_pass(payload, guard):
    assert guard.payload(payload).text == payload


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "affirm",
        "/restart",
        "/tell",
        "/ask",
        "/affirm{}",
        "/tell{}",
        '/tell{"finding": "foot_site.knee"}',
        '/tell{"finding": "foot_site.heel,"}',
        '/tell{"finding": ["foot_site.heel"]}',
        '/tell{"finding": "foot_site.heel", "red_flag": "dvt"}',
        '/tell{"red_flag": "dvt"}',
        '/tell{"severity": "7 to 10"}',
        '/tell{"duration": "Days"}',
        '/ask{"topic": "lottery"}',
        '/ask{"topic": "bunions", "stage": "enough"}',
        '/ask{"more": "yes"}',
        '/tell{"finding": ',
        '/tell["finding"]',
        "/affirm\n/deny",
        "/session_start",
        "EXTERNAL: /affirm",
        None,
        7,
        {"payload": "/affirm"},
    ],
)
def test_what_no_button_of_ours_carries_is_refused(payload, guard):
    with pytest.raises(Refused) as refused:
        guard.payload(payload)

    assert refused.value.status == 400


def test_an_overlong_payload_is_refused(guard):
    with pytest.raises(Refused):
        guard.payload('/tell{"finding": "' + "foot_site.heel," * PAYLOAD_AT_MOST + '"}')


def replies(knowledge, region: Region) -> list[cards.Reply]:
    """Every reply with buttons that the reasoning can make."""
    told = story("foot_site.heel", "back_pain.current", "radiates_down_leg.yes")
    flags, topics = knowledge.red_flags.values(), knowledge.topics.values()
    page = summary(conversation(turn(*told)), knowledge)
    return [
        *(cards.question(asked, asked.ask) for asked in knowledge.questions.values()),
        *(cards.urgent_care(flag, region, knowledge) for flag in flags),
        *(cards.safety_check(flag, region) for flag in flags),
        *(cards.topic_answer(topic, more, knowledge) for topic in topics for more in (False, True)),
        cards.links_card(explain(told, knowledge), told, knowledge),
        cards.advice_reply(explain(told, knowledge), told, knowledge),
        cards.referral_card(told, knowledge, region),
        cards.summary_card(page, "/chat/summary"),
    ]


def test_every_button_that_we_show_passes_and_fits_telegram(guard, knowledge):
    shown = replies(knowledge, knowledge.regions["UK"])

    for payload in {button["payload"] for reply in shown for button in reply["buttons"]}:
        assert guard.payload(payload).text == payload
        assert len(payload.encode()) <= TELEGRAM_BYTES, payload


def test_every_choice_on_a_card_passes(guard, knowledge):
    for reply in replies(knowledge, knowledge.regions["US"]):
        for option in reply["custom"].get("options", ()):
            assert guard.payload(option["value"])


def test_every_card_is_one_of_the_vocabulary_and_can_be_sent(knowledge, vocabulary):
    for reply in replies(knowledge, knowledge.regions["EU"]):
        assert reply["custom"]["card"] in vocabulary["closed"]["cards"]
        assert json.loads(json.dumps(reply)) == reply
        assert reply["text"].strip()


def test_half_a_character_is_left_out(guard):
    assert guard.text("my heel\ud83d hurts").text == "my heel hurts"


# ------------------------------------------------------------------- how often


async def test_a_lively_talk_is_let_through_and_a_flood_is_not(guard):
    for _ in range(TURNS_A_MINUTE):
        await guard.rate("web-a")

    with pytest.raises(Refused, match="wait a minute") as refused:
        await guard.rate("web-a")

    assert refused.value.status == 429


async def test_one_persons_flood_does_not_silence_another(guard):
    for _ in range(TURNS_A_MINUTE):
        await guard.rate("web-a")

    await guard.rate("web-b")


async def test_after_a_minute_the_person_may_write_again(guard, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(shared_module.time, "monotonic", lambda: clock[0])
    for _ in range(TURNS_A_MINUTE):
        await guard.rate("web-a")

    clock[0] += 61

    await guard.rate("web-a")


# ------------------------------------------------------------------- a turn that fails


async def test_a_turn_that_answers_needs_no_apology():
    sent: list[str] = []

    async def turn() -> None:
        sent.append("hello")

    assert await carry_out(turn, lambda: len(sent)) is None


async def test_a_turn_without_any_answer_is_apologised_for():
    async def turn() -> None:
        return

    assert await carry_out(turn, lambda: 0) == SORRY


async def test_a_turn_that_fails_is_apologised_for_and_points_to_help():
    async def turn() -> None:
        raise RuntimeError("the action server is down")

    said = await carry_out(turn, lambda: 0)

    assert said == SORRY
    assert "emergency number" in said


async def test_a_turn_that_takes_too_long_is_apologised_for(monkeypatch):
    monkeypatch.setattr(guard_module, "TURN_SECONDS", 0.05)

    async def turn() -> None:
        await asyncio.sleep(5)

    assert await carry_out(turn, lambda: 0) == SORRY


async def test_a_person_who_leaves_ends_their_turn():
    async def turn() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await carry_out(turn, lambda: 0)


async def test_what_a_person_said_does_not_reach_the_log(caplog):
    async def turn() -> None:
        raise ValueError("I have HIV and my heel hurts")

    with caplog.at_level(logging.ERROR):
        await carry_out(turn, lambda: 0)

    assert "ValueError in test_guard.py" in caplog.text
    assert "HIV" not in caplog.text
