"""Short replies in the light of the question just asked."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Assertion
from bot.nlp.answers import answer_findings, chosen, says_dont_know, says_no, says_yes, told_by

YES = [
    "yes",
    "yeah",
    "yep it does",
    "sure",
    "ya",
    "aye",
    "definitely",
    "a bit",
    "sometimes",
    "i think so",
    "ok",
]
NO = ["no", "nah", "nope", "not really", "never", "none", "no way", "nothing like that", "it doesn't"]
DONT_KNOW = [
    "don't know",
    "i dont know",
    "dunno",
    "not sure",
    "no idea",
    "hard to say",
    "skip",
    "idk",
    "i'd rather not say",
    "i don't wanna answer that",
    "i do not want to talk about it",
]


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_a_yes_and_nothing_else(text):
    assert (says_yes(text), says_no(text), says_dont_know(text)) == (True, False, False)


@pytest.mark.parametrize("text", NO)
def test_a_no_is_a_no_and_nothing_else(text):
    assert (says_yes(text), says_no(text), says_dont_know(text)) == (False, True, False)


@pytest.mark.parametrize("text", DONT_KNOW)
def test_an_open_reply_is_neither_yes_nor_no(text):
    assert (says_yes(text), says_no(text), says_dont_know(text)) == (False, False, True)


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "noon",
        "yesterday",
        "surely",
        "passport",
        "the left one",
        "right leg only",
        "a little toe pain",
        "",
    ],
)
def test_a_word_that_only_begins_like_a_yes_is_none(text):
    assert not says_yes(text)
    assert not says_dont_know(text)


@pytest.mark.parametrize(
    ("question", "reply", "told"),
    [
        ("side", "left", ["side.left"]),
        ("side", "Right.", ["side.right"]),
        ("side", "boht", []),
        ("foot_site", "Ball of the foot", ["foot_site.ball"]),
        ("foot_site", "the whole foot", ["foot_site.whole_foot"]),
        ("foot_site", "littel toe", ["foot_site.little_toe"]),
        ("back_pain", "yes", ["back_pain.current"]),
        ("back_pain", "nah", ["no back_pain.current"]),
        ("back_pain", "Never", ["back_pain.never"]),
        ("radiates_down_leg", "yeah it does", ["radiates_down_leg.yes"]),
        ("radiates_down_leg", "no, stays put", ["radiates_down_leg.no"]),
        ("gait", "no", ["no gait.limping", "no gait.leaning", "no gait.altered_after_back_pain"]),
        ("gait", "No change", ["no gait.limping", "no gait.leaning", "no gait.altered_after_back_pain"]),
        ("relief", "nothing helps", []),
        ("back_pain", "don't know", []),
        ("side", "yes", []),
        ("back_pain", "no it started when I moved house three weeks ago", []),
        ("back_pain", "", []),
    ],
)
def test_a_short_reply_tells_what_the_question_makes_of_it(question, reply, told, knowledge):
    findings = answer_findings(knowledge.questions[question], reply)

    assert findings == [told_by(tell, reply) for tell in told]


def test_every_label_of_every_question_is_understood_when_typed(knowledge):
    for question in knowledge.questions.values():
        for option in question.options:
            told = [finding.concept for finding in answer_findings(question, option.label)]

            assert told == [tell.removeprefix("no ") for tell in option.tells], option.label


def test_a_choice_that_denies_tells_a_denial():
    assert told_by("no back_pain.current").assertion is Assertion.ABSENT
    assert told_by("back_pain.current").assertion is Assertion.PRESENT


@pytest.mark.parametrize(
    ("question", "reply", "told"),
    [
        ("onset_order", "both", ["onset_order.together"]),
        ("onset_order", "the back", ["onset_order.back_first"]),
        ("footwear", "no tight shoes", []),
        ("foot_site", "heel and toes", []),
        ("back_condition", "sciatica?", []),
        ("back_condition", "probably sciatica", []),
        ("sensation", "it was numb", []),
    ],
)
def test_a_choice_is_chosen_where_the_reply_says_nothing_else(question, reply, told, knowledge):
    assert [finding.concept for finding in chosen(knowledge.questions[question], reply)] == told
