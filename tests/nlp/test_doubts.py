"""Where terms and encoder hear different things in one message."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Understanding

HARMLESS = "I am diabetic, and my feet tingle for a moment after kneeling, then it is all gone, nothing new"
MEANT = "I have diabetes and both my feet have been numb and tingling for months"


@pytest.fixture(scope="module")
def understanding(knowledge: Knowledge) -> Understanding:
    return Understanding(knowledge, load_encoder())


def doubted(understanding: Understanding, words: str) -> set[str]:
    heard = understanding.hear(words)
    findings, _ = understanding.findings(heard)
    assert {f.concept for f in findings} >= {"risk.diabetes", "sensation.tingling"}
    return {doubt.red_flag for doubt in understanding.doubts(heard, findings)}


def test_what_terms_add_up_to_and_the_whole_does_not_say_is_doubted(understanding: Understanding):
    assert "neuropathy" in doubted(understanding, HARMLESS)


def test_what_is_meant_is_not_doubted(understanding: Understanding):
    assert "neuropathy" not in doubted(understanding, MEANT)


@pytest.mark.parametrize(
    ("words", "certain"),
    [
        ("My back hurts and I have a weak bladder", False),
        ("My back hurts and I have lost control of my bladder", True),
        ("I have trouble peeing and my bum is numb", True),
    ],
)
def test_a_sign_told_vaguely_is_asked_about_unless_a_clear_one_stands_beside_it(
    understanding: Understanding, words: str, certain: bool
):
    heard = understanding.hear(words)
    findings, evidence = understanding.findings(heard)

    seen = {s.red_flag: s.certain for s in understanding.sightings(heard, evidence, findings)}

    assert seen["cauda_equina"] is certain


def test_who_names_a_choice_tells_nothing_beside_it(understanding: Understanding):
    heard = understanding.hear("both", "onset_order")

    findings, _ = understanding.findings(heard, "onset_order")

    assert [finding.concept for finding in findings] == ["onset_order.together"]


@pytest.mark.parametrize(
    ("said", "asked", "told"),
    [
        ("about 10 weeks", None, {"duration.months"}),
        ("bit of both really, calves and hips", "muscles", {"muscles.tight_calves"}),
        ("back first. foot after, 3 weeks", "onset_order", {"onset_order.back_first", "duration.weeks"}),
    ],
    ids=["a time is no pregnancy", "two answers are not two feet", "one order of two"],
)
def test_the_encoder_adds_nothing_that_the_words_do_not_say(
    understanding: Understanding, said: str, asked: str | None, told: set[str]
):
    findings, _ = understanding.findings(understanding.hear(said, asked), asked)

    assert {finding.concept for finding in findings} == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("sorry, I meant the right side", {"side.right": "present"}),
        ("left heel, no sorry the right", {"side.left": "absent", "side.right": "present"}),
        ("actually right now it is the left", {"side.left": "present"}),
    ],
)
def test_a_side_may_be_put_right_in_the_same_breath(
    understanding: Understanding, said: str, told: dict[str, str]
):
    findings, _ = understanding.findings(understanding.hear(said))

    assert {f.concept: f.assertion.value for f in findings if f.family == "side"} == told
