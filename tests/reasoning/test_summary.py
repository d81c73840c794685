"""The page to bring along: one page, in the person's words, honest about what was denied."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Assertion, Finding
from bot.reasoning.conversation import Turn
from bot.reasoning.summary import QUESTIONS_AT_MOST, WORDS_AT_MOST, as_text, summary
from tests.told import conversation, turn

STORY = turn(
    "foot_site.heel",
    "back_pain.current",
    "radiates_down_leg.yes",
    "no sensation.numbness",
    text="My heel is killing me and it shoots down from my back",
)


def page(*turns: Turn, knowledge, **rest) -> dict[str, tuple[str, ...]]:
    return {s.title: s.lines for s in summary(conversation(*turns, **rest), knowledge)}


def test_the_page_begins_with_the_persons_own_words(knowledge):
    sections = summary(conversation(turn("foot_site.heel", text="my heel"), STORY), knowledge)

    assert sections[0].title == "In your own words"
    assert sections[0].lines == (STORY.text,)


def test_a_long_story_is_cut_at_a_word(knowledge):
    long = turn("foot_site.heel", text="heel pain again " * 60)

    (words,) = page(long, knowledge=knowledge)["In your own words"]

    assert len(words) <= WORDS_AT_MOST + len(" ...")
    assert words.endswith(("heel ...", "pain ...", "again ..."))


def test_a_button_is_not_the_persons_own_words(knowledge):
    pressed = turn("foot_site.heel", text='/tell{"finding": "foot_site.heel"}')

    assert "In your own words" not in page(pressed, knowledge=knowledge)


def test_what_was_told_and_what_was_denied_stand_apart(knowledge):
    lines = page(STORY, knowledge=knowledge)["Your feet"]

    assert lines == ("You told me: the heel", "You said no to: numbness")


def test_feet_back_and_health_stand_apart(knowledge):
    sections = page(turn("foot_site.heel", "back_pain.current", "no risk.diabetes"), knowledge=knowledge)

    assert sections["Your feet"] == ("You told me: the heel",)
    assert sections["Your back"] == ("You told me: back pain now",)
    assert sections["Your health"] == ("You said no to: diabetes",)


def test_what_was_once_or_runs_in_the_family_is_marked_as_such(knowledge):
    past = Finding("back_condition.sciatica", Assertion.HISTORICAL)
    mother = Finding("risk.diabetes", Assertion.FAMILY)

    sections = page(Turn("...", "tell", findings=(past, mother)), knowledge=knowledge)

    assert sections["Your back"][0].startswith("In the past: ")
    assert sections["Your health"][0].startswith("In the family: ")


def test_a_mere_fear_is_not_put_on_the_page(knowledge):
    fear = Finding("risk.diabetes", Assertion.HYPOTHETICAL)

    sections = page(Turn("what if I get diabetes", "tell", findings=(fear,)), knowledge=knowledge)

    assert "Your health" not in sections


def test_the_time_stands_with_the_words_as_said(knowledge):
    since = Finding("duration.months", words="since about easter")

    lines = page(Turn("...", "tell", findings=(since,)), knowledge=knowledge)["Time"]

    assert len(lines) == 1
    assert lines[0].endswith('("since about easter")')


def test_the_latest_number_for_the_pain_counts(knowledge):
    turns = (
        turn(severity="3"),
        turn(severity="7 to 8"),
    )

    lines = page(STORY, *turns, knowledge=knowledge)["How bad it is, in numbers"]

    assert lines == ("7 to 8 of 10",)


def test_fits_and_misfits_stand_apart_without_a_number(knowledge):
    sections = page(
        STORY, turn("no gait.altered_after_back_pain", "onset_order.foot_first"), knowledge=knowledge
    )

    assert any("squeezed nerve" in line for line in sections["What may fit"])
    assert any("Walking differently" in line for line in sections["What does not fit"])
    assert not any("%" in line for line in sections["What may fit"])


def test_warning_signs_that_were_talked_or_asked_about_are_named(knowledge):
    lines = page(STORY, knowledge=knowledge, alarms=("dvt",), checks=("cauda_equina",))["Warning signs"]

    assert lines[0].startswith("Talked about: ")
    assert lines[1] == f"Asked about: {knowledge.red_flags['cauda_equina'].name}"


@pytest.mark.parametrize(("move", "said"), {"deny": "no", "affirm": "yes", "dont_know": "not sure"}.items())
def test_a_warning_sign_stands_there_with_the_answer(move, said, knowledge):
    reply = turn(move=move, after_check="cauda_equina")

    (line,) = page(STORY, reply, knowledge=knowledge, checks=("cauda_equina",))["Warning signs"]

    assert line.endswith(f"(you said: {said})")


def test_an_alarm_that_was_a_mistake_is_not_on_the_page(knowledge):
    sections = page(STORY, knowledge=knowledge, alarms=("dvt",), corrected=frozenset({"dvt"}))

    assert "Warning signs" not in sections


def test_the_questions_that_suit_this_story_come_first_and_are_few(knowledge):
    asked = page(STORY, knowledge=knowledge)["Questions for the clinicians"]
    fitting = {item.say for item in knowledge.referral.ask if item.when}

    assert len(asked) <= QUESTIONS_AT_MOST
    assert asked[0] in fitting


def test_even_an_empty_story_has_where_to_start(knowledge):
    sections = page(knowledge=knowledge)

    assert len(sections["Where to start"]) == 1


def test_no_section_is_empty(knowledge):
    assert all(page(STORY, knowledge=knowledge).values())


def test_the_page_as_text_has_a_heading_and_a_line_for_each_point(knowledge):
    text = as_text(summary(conversation(STORY), knowledge))

    assert text.startswith(f"In your own words\n- {STORY.text}\n\nYour feet\n- ")
    assert "{" not in text
