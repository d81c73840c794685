"""The conversation is read from Rasa's event log; the story is what the person meant in the end."""

from __future__ import annotations

from typing import Any

import pytest

from bot.knowledge.concepts import Assertion, Finding
from bot.reasoning.conversation import Turn, all_hold, fold, holds, read_conversation, story_of
from tests.told import story, turn


def said(text: str, move: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": "user",
        "text": text,
        "parse_data": {"intent": {"name": move}, "entities": list(entities)},
    }


def told(value: str, **rest: Any) -> dict[str, Any]:
    return {"entity": "finding", "value": value, **rest}


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def shown(text: str, card: str | None = None) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {"custom": {"card": card}} if card else {}}


# ------------------------------------------------------------------- reading the events


def test_a_message_is_read_with_its_findings_as_they_were_meant():
    events = [
        said(
            "left heel, no tingling",
            "tell",
            told("foot_site.heel", side="left", words="left heel"),
            told("sensation.tingling", assertion="absent"),
        )
    ]

    (only,) = read_conversation(events).turns

    assert only.move == "tell"
    assert only.findings == (
        Finding("foot_site.heel", Assertion.PRESENT, "left", "left heel"),
        Finding("sensation.tingling", Assertion.ABSENT),
    )


def test_a_button_may_tell_several_things_and_deny_some():
    events = [said("/tell", "tell", told("gait.limping,no gait.leaning"))]

    (only,) = read_conversation(events).turns

    assert only.findings == (Finding("gait.limping"), Finding("gait.leaning", Assertion.ABSENT))


def test_topic_and_severity_are_read():
    about = {"entity": "topic", "value": "bunions"}
    bad = {"entity": "severity", "value": "7 to 10"}

    (only,) = read_conversation([said("...", "ask", about, bad)]).turns

    assert (only.topic, only.severity) == ("bunions", "7 to 10")


def test_a_red_flag_is_read_with_how_certain_it_is():
    sure = {"entity": "red_flag", "value": "dvt", "certain": True}
    unsure = {"entity": "red_flag", "value": "sepsis", "certain": False}

    (only,) = read_conversation([said("...", "tell", sure, unsure)]).turns

    assert only.sightings == (("dvt", True), ("sepsis", False))


def test_a_doubt_is_read_with_whether_the_flag_is_heard_at_all_and_kept_when_folded():
    doubt = {"entity": "doubt", "value": "neuropathy", "heard": False}
    events = [said("...", "tell", doubt)]

    folded = {"event": "slot", "name": "earlier", "value": fold(events)}

    for told_so in (events, [folded]):
        assert read_conversation(told_so).turns[0].doubts == (("neuropathy", False),)


def test_a_message_that_starts_over_begins_the_new_story():
    events = [
        said("heel", "tell", told("foot_site.heel")),
        said("new: arch", "start_over", told("foot_site.arch")),
    ]

    conversation = read_conversation([*events, slot("chapter", 12)])

    assert [f.concept for t in conversation.turns for f in t.findings] == ["foot_site.arch"]


def test_a_later_correction_of_something_else_takes_no_alarm_back():
    alarmed = [said("numb between the legs", "tell"), slot("alarm", "cauda_equina"), said("go on", "tell")]

    vague = read_conversation([*alarmed, said("no, that is not right", "correction")])
    button = read_conversation([*alarmed, said("/correction", "correction")])

    assert vague.corrected == frozenset()
    assert button.corrected == {"cauda_equina"}


def test_a_reply_knows_the_question_that_stood_open():
    events = [slot("asked", "back_pain"), shown("How is your back?"), said("nah", "deny")]

    conversation = read_conversation(events)

    assert conversation.asked == ("back_pain",)
    assert conversation.turns[0].asked == "back_pain"


def test_only_the_very_next_reply_answers_a_safety_check():
    events = [slot("check", "cauda_equina"), said("hm", "tell"), said("yes", "affirm")]

    first, second = read_conversation(events).turns

    assert (first.after_check, second.after_check) == ("cauda_equina", None)


@pytest.mark.parametrize(
    "fresh", [{"event": "restart"}, {"event": "session_started"}, slot("chapter", 12)], ids=str
)
def test_after_a_fresh_start_nothing_from_before_counts(fresh):
    before = [slot("asked", "side"), slot("alarm", "dvt"), said("heel", "tell", told("foot_site.heel"))]

    conversation = read_conversation([*before, fresh, said("arch", "tell", told("foot_site.arch"))])

    assert [f.concept for t in conversation.turns for f in t.findings] == ["foot_site.arch"]
    assert conversation.turns[0].asked is None
    assert (conversation.asked, conversation.alarms) == ((), ())


def test_a_correction_takes_back_the_latest_alarm():
    events = [slot("alarm", "dvt"), slot("alarm", "cauda_equina"), said("that was a mistake", "correction")]

    conversation = read_conversation(events)

    assert conversation.corrected == {"cauda_equina"}


@pytest.mark.parametrize(
    ("entities", "taken_back"),
    [
        ([told("sign.cannot_pee", assertion="absent")], {"dvt"}),
        ([told("side.right"), told("side.left", assertion="absent")], set()),
    ],
    ids=["of a sign", "of a side"],
)
def test_later_on_only_a_correction_of_a_sign_takes_an_alarm_back(entities, taken_back):
    events = [
        slot("alarm", "dvt"),
        said("and now?", "ask"),
        said("sorry, I meant ...", "correction", *entities),
    ]

    assert read_conversation(events).corrected == taken_back


@pytest.mark.parametrize(
    ("entities", "taken_back"),
    [
        ([told("side.right"), told("side.left", assertion="absent")], set()),
        ([told("timing.night", assertion="absent"), told("duration.days")], set()),
        ([told("side.right"), told("sign.cannot_pee", assertion="absent")], {"cauda_equina"}),
        ([], {"cauda_equina"}),
    ],
    ids=["which side", "since when", "a sign", "just a mistake"],
)
def test_a_correction_of_where_and_when_takes_no_alarm_back(entities, taken_back):
    events = [slot("alarm", "cauda_equina"), said("sorry, ...", "correction", *entities)]

    assert read_conversation(events).corrected == taken_back


def test_an_alarm_that_is_given_again_is_no_longer_taken_back():
    events = [slot("alarm", "dvt"), said("a mistake", "correction"), slot("alarm", "dvt")]

    assert read_conversation(events).corrected == frozenset()


def test_a_slot_that_is_emptied_is_no_alarm_check_or_question():
    events = [slot("alarm", None), slot("check", None), slot("asked", None)]

    conversation = read_conversation(events)

    assert (conversation.alarms, conversation.checks, conversation.asked) == ((), (), ())


def test_the_assistants_cards_are_kept():
    events = [shown("Welcome", "notice"), said("hi", "greet"), shown("One"), shown("Two", "question")]

    conversation = read_conversation(events)

    assert conversation.cards == ("notice", "question")


def test_a_message_that_nothing_was_made_of_is_out_of_scope():
    (only,) = read_conversation([{"event": "user", "text": None, "parse_data": {}}]).turns

    assert (only.text, only.move, only.findings) == ("", "out_of_scope", ())


def test_a_topic_that_is_asked_about_is_not_told():
    about = {"entity": "topic", "value": "sciatica"}
    asked = said(
        "What is sciatica? My heel hurts",
        "ask",
        about,
        told("back_condition.sciatica"),
        told("foot_site.heel"),
    )

    (only,) = read_conversation([asked]).turns

    assert only.findings == (Finding("foot_site.heel"),)


@pytest.mark.parametrize("move", ["ask", "why_asking", "repeat_rephrase", "summary_please"])
def test_a_safety_check_still_waits_after_a_question_back(move):
    events = [slot("check", "cauda_equina"), said("...", move), said("yes", "affirm")]

    conversation = read_conversation(events)

    assert [turn.after_check for turn in conversation.turns] == ["cauda_equina"] * 2
    assert conversation.open_check is None


def test_another_question_ends_a_safety_check_that_waited():
    events = [
        slot("check", "dvt"),
        said("what is sciatica?", "ask"),
        slot("asked", "side"),
        said("yes", "affirm"),
    ]

    assert read_conversation(events).turns[-1].after_check is None


def test_only_the_very_next_reply_is_a_reply_to_urgent_advice():
    events = [slot("alarm", "dvt"), said("ok", "affirm"), said("ok", "affirm")]

    assert [turn.after_alarm for turn in read_conversation(events).turns] == ["dvt", None]


def test_a_question_that_the_person_wished_to_hear_again_is_not_put_again():
    events = [slot("asked", "side"), said("why?", "why_asking"), slot("asked", "side")]

    assert read_conversation(events).asked == ("side",)


# ------------------------------------------------------------------- going back, waiting, coming back

BACK_YES = [slot("asked", "back_pain"), said("yes", "affirm"), slot("asked", "side")]


def test_who_goes_back_to_a_question_takes_the_answer_back(knowledge):
    events = [*BACK_YES, said("go back", "back_to_question"), slot("asked", "back_pain")]

    conversation = read_conversation(events)

    assert conversation.open_question == "back_pain"
    assert story_of(conversation.turns, knowledge.questions) == {}


def test_who_goes_back_to_the_open_question_takes_nothing_back(knowledge):
    events = [*BACK_YES, said("your question, please", "back_to_question"), slot("asked", "side")]

    assert "back_pain.current" in story_of(read_conversation(events).turns, knowledge.questions)


@pytest.mark.parametrize(
    ("move", "waits"), [("tell", None), ("back_to_question", None), ("affirm", "stop"), ("ask", "stop")]
)
def test_after_a_stop_we_wait_until_the_person_goes_on(move, waits):
    assert read_conversation([said("stop", "stop"), said("...", move)]).waits == waits


def test_after_a_pause_of_ours_a_yes_goes_on():
    pause = {"event": "bot", "text": "...", "data": {"custom": {"card": "notice", "id": "pause"}}}

    assert read_conversation([pause]).waits == "pause"
    assert read_conversation([pause, said("yes", "affirm")]).waits is None


NEXT_DAY = {"event": "session_started"}
YESTERDAY = [
    slot("asked", "side"),
    slot("alarm", "dvt"),
    said("heel", "tell", told("foot_site.heel")),
    NEXT_DAY,
]


def test_on_another_day_the_person_is_asked_before_anything_counts():
    conversation = read_conversation([*YESTERDAY, said("hi", "greet")])

    assert conversation.returning
    assert [turn.text for turn in conversation.turns] == ["hi"]


def test_a_yes_takes_the_earlier_talk_up_again():
    conversation = read_conversation(
        [*YESTERDAY, said("hi", "greet"), slot("asked", "return"), said("yes", "affirm")]
    )

    assert [turn.text for turn in conversation.turns] == ["heel", "hi", "yes"]
    assert (conversation.rejoined, conversation.asked, conversation.alarms) == (1, ("side",), ("dvt",))
    assert not conversation.returning


@pytest.mark.parametrize("move", ["deny", "dont_know", "tell", "ask", "start_over"])
def test_without_a_yes_the_earlier_talk_does_not_count(move):
    conversation = read_conversation(
        [*YESTERDAY, said("hi", "greet"), slot("asked", "return"), said("...", move)]
    )

    assert [turn.text for turn in conversation.turns] == ["hi", "..."]
    assert not conversation.returning


def test_a_yes_to_another_question_takes_nothing_up():
    assert len(read_conversation([*YESTERDAY, slot("asked", "side"), said("yes", "affirm")]).turns) == 1


def test_a_day_on_which_nothing_was_told_does_not_hide_the_one_before():
    assert read_conversation([*YESTERDAY, said("hi", "greet"), NEXT_DAY, said("hi", "greet")]).returning


@pytest.mark.parametrize(
    "before", [[], [said("hi", "greet"), NEXT_DAY], [*YESTERDAY, slot("chapter", 9)]], ids=str
)
def test_who_told_nothing_or_started_over_is_not_asked(before):
    assert not read_conversation([*before, said("hi", "greet")]).returning


# ------------------------------------------------------------------- the story


def test_what_was_said_later_counts(knowledge):
    turns = [turn("sensation.numbness"), turn("no sensation.numbness", move="correction")]

    assert story_of(turns, knowledge.questions)["sensation.numbness"].assertion is Assertion.ABSENT


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("side.left", "side.both"),
        ("duration.weeks", "duration.months"),
        ("back_pain.never", "back_pain.current"),
        ("onset_order.back_first", "onset_order.together"),
        ("radiates_down_leg.no", "radiates_down_leg.yes"),
    ],
)
def test_of_what_excludes_itself_only_the_last_word_stays(first, then, knowledge):
    assert list(story_of([turn(first), turn(then)], knowledge.questions)) == [then]


def test_several_sensations_stand_side_by_side(knowledge):
    turns = [turn("sensation.tingling"), turn("sensation.burning")]

    assert set(story_of(turns, knowledge.questions)) == {"sensation.tingling", "sensation.burning"}


def test_denying_one_side_does_not_take_away_the_other(knowledge):
    turns = [turn("side.left"), turn("no side.right")]

    assert set(story_of(turns, knowledge.questions)) == {"side.left", "side.right"}


@pytest.mark.parametrize("assertion", [Assertion.FAMILY, Assertion.HYPOTHETICAL])
def test_a_relatives_illness_or_a_fear_does_not_undo_what_the_person_has(assertion, knowledge):
    aside = Turn("...", "tell", findings=(Finding("risk.diabetes", assertion),))

    told = story_of([turn("risk.diabetes"), aside], knowledge.questions)

    assert told["risk.diabetes"].assertion is Assertion.PRESENT


def test_a_correction_says_that_it_is_a_relatives_illness(knowledge):
    corrected = Turn("...", "correction", findings=(Finding("risk.diabetes", Assertion.FAMILY),))

    told = story_of([turn("risk.diabetes"), corrected], knowledge.questions)

    assert told["risk.diabetes"].assertion is Assertion.FAMILY


@pytest.mark.parametrize(("move", "assertion"), [("affirm", Assertion.PRESENT), ("deny", Assertion.ABSENT)])
def test_a_bare_yes_or_no_tells_what_the_open_question_makes_of_it(move, assertion, knowledge):
    told = story_of([turn(move=move, asked="back_pain")], knowledge.questions)

    assert told["back_pain.current"].assertion is assertion


def test_a_no_with_an_answer_tells_the_answer_and_not_the_no(knowledge):
    told = story_of([turn("back_pain.past", move="deny", asked="back_pain")], knowledge.questions)

    assert list(told) == ["back_pain.past"]


def test_a_yes_to_a_safety_check_does_not_answer_the_question_before_it(knowledge):
    answer = turn(move="affirm", asked="back_pain", after_check="dvt")

    assert story_of([answer], knowledge.questions) == {}


# ------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("sensation.tingling", "sensation.tingling"),
        ("sensation.tingling | sensation.numbness", "sensation.numbness"),
        ("no back_pain.current", "no back_pain.current"),
        ("no back_pain.current | back_pain.never", "back_pain.never"),
    ],
)
def test_a_condition_holds_when_the_story_has_it(condition, told):
    assert holds(condition, story(told))


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("sensation.tingling", "no sensation.tingling"),
        ("no back_pain.current", "back_pain.current"),
        ("no back_pain.current", "sensation.tingling"),
        ("sensation.tingling | sensation.numbness", "sensation.burning"),
    ],
)
def test_a_condition_does_not_hold_when_the_story_lacks_it(condition, told):
    assert not holds(condition, story(told))


@pytest.mark.parametrize(
    ("assertion", "counts"),
    {
        Assertion.PRESENT: True,
        Assertion.POSSIBLE: True,
        Assertion.ABSENT: False,
        Assertion.HISTORICAL: False,
        Assertion.HYPOTHETICAL: False,
        Assertion.FAMILY: False,
    }.items(),
)
def test_only_what_the_person_has_or_may_have_counts(assertion, counts):
    told = {"sensation.numbness": Finding("sensation.numbness", assertion)}

    assert holds("sensation.numbness", told) is counts


def test_something_in_the_past_is_no_denial():
    told = {"back_pain.current": Finding("back_pain.current", Assertion.HISTORICAL)}

    assert not holds("no back_pain.current", told)


def test_all_conditions_must_hold_and_none_always_hold():
    told = story("back_pain.current", "timing.walking")

    assert all_hold(["back_pain.current", "timing.walking"], told)
    assert not all_hold(["back_pain.current", "timing.night"], told)
    assert all_hold([], told)
