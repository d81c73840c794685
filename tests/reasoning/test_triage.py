"""Red flags: alarm at a clear sign, ask at an unclear one, nothing twice, the worst first."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Assertion, Certainty, Finding, RedFlag, Statement, Urgency
from bot.reasoning.cards import places_of
from bot.reasoning.conversation import Turn
from bot.reasoning.triage import Alert, alerts_now, in_region, triage
from tests.told import conversation, story, turn


def flag(name: str, urgency: Urgency, signs: tuple = (), unclear: tuple = ()) -> RedFlag:
    means = Statement("It may be serious.", Certainty.FAIR, ("example",))
    return RedFlag(name, urgency, name, means, ("Be seen.",), "Is it new?", signs, unclear, ("example",))


SADDLE = flag(
    "cauda_equina", Urgency.EMERGENCY, (("sign.saddle_numbness",),), (("sign.bladder_change_vague",),)
)
CLOT = flag("dvt", Urgency.SAME_DAY, (("sign.calf_swelling", "sign.calf_warm_red"),), (("sign.calf_pain",),))
STABLE = flag("stable_numbness", Urgency.WITHIN_DAYS, (("sensation.numbness",),), (("sensation.tingling",),))
FLAGS = {one.id: one for one in (STABLE, CLOT, SADDLE)}


def now(*turns: Turn, **rest) -> list[tuple[str, bool]]:
    """What must be said after the latest of these messages: red flag, and whether it is certain."""
    alerts = alerts_now(conversation(*turns, **rest), FLAGS, {})
    return [(alert.flag.id, alert.certain) for alert in alerts]


# ------------------------------------------------------------------- what the story shows


def test_a_clear_sign_is_an_alarm():
    assert triage(story("sign.saddle_numbness"), (), FLAGS) == [Alert(SADDLE, certain=True)]


def test_an_unclear_sign_is_asked_about():
    assert triage(story("sign.bladder_change_vague"), (), FLAGS) == [Alert(SADDLE, certain=False)]


def test_signs_that_belong_together_must_all_be_there():
    assert triage(story("sign.calf_swelling"), (), FLAGS) == []
    assert triage(story("sign.calf_swelling", "sign.calf_warm_red"), (), FLAGS) == [Alert(CLOT, True)]


def test_of_two_equally_urgent_ones_the_one_that_the_screen_hears_loudest_comes_first():
    limb = flag("limb_ischaemia", Urgency.EMERGENCY, (("sign.cold_white_foot",),))
    flags = {**FLAGS, limb.id: limb}
    told = story("sign.saddle_numbness", "sign.cold_white_foot")

    both = [
        [alert.flag.id for alert in triage(told, sightings, flags)]
        for sightings in ((), (("limb_ischaemia", True), ("cauda_equina", True)))
    ]

    assert both == [["cauda_equina", "limb_ischaemia"], ["limb_ischaemia", "cauda_equina"]]


@pytest.mark.parametrize(
    ("assertion", "alarms"),
    {
        Assertion.PRESENT: True,
        # Missing an emergency costs more than a visit.
        Assertion.POSSIBLE: True,
        Assertion.ABSENT: False,
        Assertion.HISTORICAL: False,
        Assertion.HYPOTHETICAL: False,
        Assertion.FAMILY: False,
    }.items(),
)
def test_a_sign_counts_when_the_person_has_it_or_may_have_it(assertion, alarms):
    told = {"sign.saddle_numbness": Finding("sign.saddle_numbness", assertion)}

    assert bool(triage(told, (), FLAGS)) is alarms


def test_a_sign_that_is_but_possible_is_asked_about():
    told = {"sign.saddle_numbness": Finding("sign.saddle_numbness", Assertion.POSSIBLE)}

    assert triage(told, (), FLAGS) == [Alert(SADDLE, certain=False)]
    assert triage(told, (("cauda_equina", True),), FLAGS) == [Alert(SADDLE, certain=True)]


def test_the_most_urgent_comes_first():
    told = story("sensation.numbness", "sign.calf_swelling", "sign.calf_warm_red", "sign.saddle_numbness")

    assert [alert.flag for alert in triage(told, (), FLAGS)] == [SADDLE, CLOT, STABLE]


def test_what_the_trained_screen_sees_counts_beside_the_signs():
    assert triage({}, (("dvt", False),), FLAGS) == [Alert(CLOT, certain=False)]


def test_what_the_screen_doubts_is_asked_about_and_what_it_does_not_hear_is_left():
    told = story("sign.calf_swelling", "sign.calf_warm_red")

    assert triage(told, (), FLAGS, told, (("dvt", True),)) == [Alert(CLOT, certain=False)]
    assert triage(told, (), FLAGS, told, (("dvt", False),)) == []
    assert triage(told, (("dvt", True),), FLAGS, told, (("dvt", False),)) == [Alert(CLOT, certain=True)]


def test_a_doubt_about_one_message_takes_nothing_from_the_whole_story():
    told = story("sign.calf_swelling", "sign.calf_warm_red")

    for message in ({}, story("sign.calf_swelling")):
        assert triage(told, (), FLAGS, message, (("dvt", False),)) == [Alert(CLOT, certain=True)]


def test_the_trained_screen_never_weakens_a_clear_sign():
    told = story("sign.saddle_numbness")

    assert triage(told, (("cauda_equina", False),), FLAGS) == [Alert(SADDLE, certain=True)]


def test_a_red_flag_that_we_do_not_know_is_left_out():
    assert triage({}, (("old_flag", True),), FLAGS) == []


# ------------------------------------------------------------------- what to say now


def test_nothing_is_said_before_the_person_speaks():
    assert now() == []


def test_a_clear_sign_is_answered_at_once_whatever_else_the_person_does():
    assert now(turn("sign.saddle_numbness", move="thanks")) == [("cauda_equina", True)]


def test_signs_from_two_messages_add_up():
    told = turn("sign.calf_swelling"), turn("sign.calf_warm_red")

    assert now(*told) == [("dvt", True)]


def test_an_alarm_is_not_repeated_while_the_talk_goes_on():
    told = turn("sign.saddle_numbness"), turn("foot_site.heel")

    assert now(*told, alarms=("cauda_equina",)) == []


def test_an_alarm_is_not_repeated_when_the_sign_is_told_again():
    told = turn("sign.saddle_numbness"), turn("sign.saddle_numbness")

    assert now(*told, alarms=("cauda_equina",)) == []


def test_after_a_correction_the_same_sign_alarms_again():
    again = turn("sign.saddle_numbness", sightings=(("cauda_equina", True),))

    said = now(turn("sign.saddle_numbness"), again, alarms=("cauda_equina",), corrected={"cauda_equina"})

    assert said == [("cauda_equina", True)]


def test_what_stood_behind_an_alarm_is_said_when_that_was_a_mistake():
    told = turn("sign.saddle_numbness", "sign.calf_swelling", "sign.calf_warm_red")
    mistake = turn("no sign.saddle_numbness", move="correction")

    assert now(told) == [("cauda_equina", True)]
    assert now(told, mistake, alarms=("cauda_equina",), corrected={"cauda_equina"}) == [("dvt", True)]


def test_who_is_hurt_and_in_a_crisis_is_told_both():
    both = turn("sign.saddle_numbness", sightings=(("self_harm", True),))

    alerts = alerts_now(conversation(both), FLAGS | {"self_harm": flag("self_harm", Urgency.EMERGENCY)}, {})

    assert {alert.flag.id for alert in alerts} == {"cauda_equina", "self_harm"}


def test_who_is_in_a_crisis_is_not_told_of_what_can_wait_for_days():
    flags = {"self_harm": flag("self_harm", Urgency.EMERGENCY), "mild": flag("mild", Urgency.WITHIN_DAYS)}
    both = turn(sightings=(("self_harm", True), ("mild", True)))

    alerts = alerts_now(conversation(both), flags, {})

    assert [alert.flag.id for alert in alerts] == ["self_harm"]


def test_something_worse_is_said_after_a_milder_alarm():
    told = turn("sensation.numbness"), turn("sign.saddle_numbness")

    assert now(*told, alarms=("stable_numbness",)) == [("cauda_equina", True)]


def test_something_milder_is_not_said_after_an_emergency():
    told = turn("sign.saddle_numbness"), turn("sensation.numbness")

    assert now(*told, alarms=("cauda_equina",)) == []


def test_of_several_new_alarms_only_the_worst_is_given():
    told = turn("sensation.numbness", "sign.calf_swelling", "sign.calf_warm_red")

    assert now(told) == [("dvt", True)]


def test_beside_a_mild_alarm_something_worse_but_unclear_is_asked_about():
    told = turn("sensation.numbness", "sign.bladder_change_vague")

    assert now(told) == [("stable_numbness", True), ("cauda_equina", False)]


def test_beside_an_emergency_nothing_milder_is_asked():
    assert now(turn("sign.saddle_numbness", "sign.calf_pain")) == [("cauda_equina", True)]


# ------------------------------------------------------------------- replies to a safety check

UNCLEAR = turn("sign.bladder_change_vague")


@pytest.mark.parametrize("move", ["affirm", "dont_know"])
def test_a_yes_or_not_sure_to_an_emergencys_check_is_an_alarm(move):
    said = now(UNCLEAR, turn(move=move, after_check="cauda_equina"), checks=("cauda_equina",))

    assert said == [("cauda_equina", True)]


def test_not_sure_is_no_alarm_where_days_are_enough():
    reply = turn(move="dont_know", after_check="stable_numbness")

    assert now(turn("sensation.tingling"), reply, checks=("stable_numbness",)) == []


@pytest.mark.parametrize("move", ["deny", "correction", "stop"])
def test_a_no_to_a_check_ends_the_matter(move):
    said = now(UNCLEAR, turn(move=move, after_check="cauda_equina"), checks=("cauda_equina",))

    assert said == []


@pytest.mark.parametrize("move", ["ask", "why_asking", "repeat_rephrase", "summary_please"])
def test_a_question_back_to_a_check_is_answered_first(move):
    reply = turn(move=move, after_check="cauda_equina")

    assert now(UNCLEAR, reply, checks=("cauda_equina",)) == []


def test_what_yesterday_and_today_make_together_is_an_alarm_when_yesterday_counts_again():
    yesterday, today, yes = (
        turn("sign.calf_swelling"),
        turn("sign.calf_warm_red"),
        turn(move="affirm", asked="return"),
    )

    assert ("dvt", True) in now(yesterday, today, yes, rejoined=1)
    assert now(yesterday, today, yes) == []


def test_a_no_that_names_a_clear_sign_is_an_alarm_all_the_same():
    reply = turn("sign.saddle_numbness", move="deny", after_check="cauda_equina")

    assert now(UNCLEAR, reply, checks=("cauda_equina",)) == [("cauda_equina", True)]


def test_an_emergencys_check_without_yes_or_no_is_put_once_more():
    reply = turn(move="out_of_scope", text="hm", after_check="cauda_equina")

    assert now(UNCLEAR, reply, checks=("cauda_equina",)) == [("cauda_equina", False)]


def test_an_emergencys_check_is_not_put_a_third_time():
    reply = turn(move="out_of_scope", text="hm", after_check="cauda_equina")

    assert now(UNCLEAR, reply, checks=("cauda_equina", "cauda_equina")) == []


def test_a_milder_check_is_put_only_once():
    told = turn("sign.calf_pain"), turn("foot_site.heel"), turn(sightings=(("dvt", False),))

    assert now(*told, checks=("dvt",)) == []


def test_a_yes_to_another_question_is_no_alarm():
    assert now(UNCLEAR, turn(move="affirm"), checks=("cauda_equina",)) == []


# ------------------------------------------------------------------- the clinicians' own red flags


def test_every_list_of_signs_raises_its_own_red_flag(knowledge):
    for name, one in knowledge.red_flags.items():
        for signs in one.signs:
            told = story(*(sign.split("|")[0].strip() for sign in signs))

            alerts = triage(told, (), knowledge.red_flags)

            assert Alert(one, certain=True) in alerts, (name, signs)


def test_every_emergency_wins_over_a_story_full_of_milder_signs(knowledge):
    mild = [f for f in knowledge.red_flags.values() if f.urgency is Urgency.WITHIN_DAYS]
    told = [sign.split("|")[0].strip() for one in mild for signs in one.signs for sign in signs]
    milder = {f.id: f for f in mild}
    for one in (f for f in knowledge.red_flags.values() if f.urgency is Urgency.EMERGENCY and f.signs):
        signs = [sign.split("|")[0].strip() for sign in one.signs[0]]

        alerts = triage(story(*told, *signs), (), {**milder, one.id: one})

        assert alerts[0].flag is one


def test_common_foot_pain_raises_no_alarm(knowledge):
    told = story("foot_site.heel", "timing.first_steps", "sensation.sharp", "side.left", "duration.weeks")

    assert triage(told, (), knowledge.red_flags) == []


def test_common_sciatica_raises_no_emergency(knowledge):
    told = story("back_pain.current", "radiates_down_leg.yes", "sensation.tingling", "side.left")

    alerts = triage(told, (), knowledge.red_flags)

    assert [alert.flag.id for alert in alerts if alert.flag.urgency is Urgency.EMERGENCY] == []


def test_advice_names_the_places_of_the_region():
    text = in_region("{emergency_room} or call {emergency_number}.", {"emergency_room": "the nearest A&E"})

    assert text == "The nearest A&E or call {emergency_number}."


def test_no_place_is_left_open_in_any_region(knowledge):
    for region in knowledge.regions.values():
        for one in knowledge.red_flags.values():
            for text in (*one.do, one.check, one.means.say):
                assert "{" not in in_region(text, places_of(region)), (region.id, one.id)
