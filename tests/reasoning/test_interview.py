"""The interview asks little: the core first, then what separates the mechanisms, safety in the middle."""

from __future__ import annotations

import random

import pytest

from bot.knowledge.concepts import Assertion, Finding
from bot.reasoning.conversation import Conversation, Turn, story_of
from bot.reasoning.interview import (
    QUESTIONS_AT_MOST,
    SAFETY_QUESTION,
    answered,
    may_ask,
    next_question,
    question_before,
    separation,
    settled,
    unanswered,
)
from tests.told import conversation, story, turn

SCIATICA = ("foot_site.top", "back_pain.current", "radiates_down_leg.yes", "sensation.tingling")


def talk(knowledge, *first: Turn, seed: int = 0) -> list[str]:
    """Hold the interview to its end, choosing buttons at random; return the questions put."""
    pick = random.Random(seed)
    turns, asked = list(first), []
    while (question := next_question(Conversation(tuple(turns), tuple(asked)), knowledge)) is not None:
        asked.append(question)
        options = knowledge.questions[question].options
        if not options:
            turns.append(turn(move="deny", asked=question))
            continue
        option = pick.choice(options)
        turns.append(turn(*option.tells, move="tell" if option.tells else "dont_know", asked=question))
        assert len(asked) <= QUESTIONS_AT_MOST
    return asked


# ------------------------------------------------------------------- the order


def test_the_first_question_is_where_the_foot_hurts(knowledge):
    assert next_question(Conversation(), knowledge) == "foot_site"


def test_a_person_who_told_the_place_is_asked_about_the_back(knowledge):
    told = conversation(turn("foot_site.heel"), asked=())

    assert next_question(told, knowledge) == "back_pain"


def test_a_core_question_that_was_skipped_is_not_put_again(knowledge):
    skipped = conversation(turn(move="dont_know", asked="foot_site"), asked=("foot_site",))

    assert next_question(skipped, knowledge) == "back_pain"


def test_the_next_question_is_the_one_that_separates_best(knowledge):
    told = story("foot_site.heel", "back_pain.current")

    chosen = next_question(conversation(turn(*told)), knowledge)

    separations = {
        name: separation(question, told, knowledge)
        for name, question in knowledge.questions.items()
        if name != "risk" and may_ask(name, told)
    }
    assert separations[chosen] == max(separations.values())


def test_after_eight_questions_enough_is_known(knowledge):
    asked = tuple(list(knowledge.questions)[:QUESTIONS_AT_MOST])

    assert next_question(conversation(turn("foot_site.heel"), asked=asked), knowledge) is None


def test_a_question_put_twice_counts_once(knowledge):
    told = conversation(turn("foot_site.heel"), asked=("foot_site",) * 10)

    assert next_question(told, knowledge) is not None


# ------------------------------------------------------------------- what is not asked


def test_what_was_told_unasked_is_not_asked(knowledge):
    told = turn(*SCIATICA, "timing.sitting", "side.left", "duration.weeks")

    asked = talk(knowledge, told)

    assert not {"foot_site", "back_pain", "radiates_down_leg", "sensation", "timing", "side"} & set(asked)


def test_a_denial_answers_a_question_too():
    assert answered("sensation", story("no sensation.tingling"))


@pytest.mark.parametrize("assertion", [Assertion.FAMILY, Assertion.HYPOTHETICAL])
def test_a_relatives_illness_or_a_fear_answers_nothing(assertion):
    told = {"risk.diabetes": Finding("risk.diabetes", assertion)}

    assert not answered("risk", told)


def test_what_came_first_is_asked_only_where_the_back_hurts():
    assert may_ask("onset_order", story("back_pain.current"))
    assert may_ask("onset_order", story("back_pain.past"))
    assert not may_ask("onset_order", story("back_pain.never"))
    assert not may_ask("onset_order", story("no back_pain.current"))


def test_the_path_down_the_leg_separates_the_mechanisms(knowledge):
    assert separation(knowledge.questions["radiates_down_leg"], story("back_pain.current"), knowledge) > 2


def test_a_picture_is_settled_when_one_link_fits_and_the_next_is_far_behind(knowledge):
    assert settled(story("radiates_down_leg.yes", "sensation.tingling"), knowledge)
    assert not settled(story("foot_site.heel"), knowledge)
    assert not settled({}, knowledge)


# ------------------------------------------------------------------- safety


def test_a_person_with_back_pain_is_always_asked_the_safety_question(knowledge):
    for seed in range(8):
        assert SAFETY_QUESTION in talk(knowledge, turn("foot_site.heel", "back_pain.current"), seed=seed)


def test_a_clear_story_does_not_skip_safety(knowledge):
    asked = talk(knowledge, turn(*SCIATICA))

    assert {SAFETY_QUESTION, "risk"} <= set(asked)


def test_a_person_whose_back_never_hurt_is_not_asked_about_the_saddle_area(knowledge):
    told = turn("foot_site.heel", "back_pain.never", "radiates_down_leg.no")

    assert SAFETY_QUESTION not in talk(knowledge, told, seed=1)


def test_a_safety_check_that_was_put_already_is_not_put_again(knowledge):
    told = conversation(turn(*SCIATICA), asked=("timing", "side", "relief"), checks=(SAFETY_QUESTION,))

    assert next_question(told, knowledge) != SAFETY_QUESTION


# ------------------------------------------------------------------- whole interviews


@pytest.mark.parametrize("seed", range(6))
def test_every_interview_ends_and_asks_nothing_twice(seed, knowledge):
    asked = talk(knowledge, seed=seed)

    assert 3 <= len(asked) <= QUESTIONS_AT_MOST
    assert len(set(asked)) == len(asked)


def test_a_person_who_answers_nothing_is_let_go_too(knowledge):
    asked: list[str] = []
    turns: list[Turn] = []
    while (question := next_question(Conversation(tuple(turns), tuple(asked)), knowledge)) is not None:
        asked.append(question)
        turns.append(turn(move="dont_know", asked=question))

    assert len(asked) <= QUESTIONS_AT_MOST
    assert "risk" in asked


def test_a_full_story_needs_few_questions(knowledge):
    told = turn(*SCIATICA, "timing.bending_coughing", "duration.weeks", "onset_order.back_first", "side.left")

    assert len(talk(knowledge, told)) <= 5


# ------------------------------------------------------------------- what waits, and what was before


def waiting(knowledge, *turns: Turn, asked: tuple[str, ...], **rest) -> str | None:
    talk = conversation(*turns, asked=asked, open_question=asked[-1], **rest)
    return unanswered(talk, story_of(turns, knowledge.questions))


def test_a_question_waits_when_something_else_was_told(knowledge):
    assert (
        waiting(knowledge, turn("timing.first_steps", asked="foot_site"), asked=("foot_site",)) == "foot_site"
    )


def test_a_question_that_was_answered_does_not_wait(knowledge):
    assert waiting(knowledge, turn("foot_site.heel", asked="foot_site"), asked=("foot_site",)) is None


@pytest.mark.parametrize("move", ["deny", "dont_know"])
def test_a_question_that_was_passed_does_not_wait(move, knowledge):
    assert waiting(knowledge, turn(move=move, asked="relief"), asked=("relief",)) is None


def test_a_yes_that_tells_nothing_leaves_the_question_waiting(knowledge):
    assert waiting(knowledge, turn(move="affirm", asked="relief"), asked=("relief",)) == "relief"


def test_a_question_that_was_put_twice_waits_no_more(knowledge):
    told = turn("timing.first_steps", asked="foot_site")

    assert waiting(knowledge, told, asked=("foot_site", "foot_site")) is None


def test_a_no_to_a_safety_check_does_not_pass_the_question_before_it(knowledge):
    reply = turn(move="deny", asked="foot_site", after_check="dvt")

    assert waiting(knowledge, reply, asked=("foot_site",)) == "foot_site"


def test_a_question_that_makes_no_sense_any_more_does_not_wait(knowledge):
    told = turn("back_pain.never", asked="onset_order")

    assert waiting(knowledge, told, asked=("onset_order",)) is None


@pytest.mark.parametrize(
    ("move", "before"), [("tell", "side"), ("deny", "side"), ("ask", None), ("stop", None)]
)
def test_going_back_means_the_question_that_was_just_answered(move, before):
    talk = conversation(turn(move=move, asked="side"), turn(move="back_to_question"), open_question="gait")

    assert question_before(talk) == before


def test_going_back_after_a_digression_means_the_open_question():
    talk = conversation(turn("side.left", asked="gait"), turn(move="back_to_question"), open_question="gait")

    assert question_before(talk) is None


def test_going_on_after_urgent_advice_is_not_going_back():
    told = turn("sign.saddle_numbness", asked="side")

    assert (
        question_before(conversation(told, turn(move="back_to_question", after_alarm="cauda_equina"))) is None
    )


def test_a_safety_question_that_triage_put_again_is_not_put_a_third_time(knowledge):
    asked = {"asked": ("cauda_equina",), "checks": ("cauda_equina", "cauda_equina")}

    assert waiting(knowledge, turn(move="out_of_scope", asked="cauda_equina"), **asked) is None
