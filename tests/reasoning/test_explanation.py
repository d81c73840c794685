"""The explanation gives reasons in the person's own terms, and never a diagnosis."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Cue, Fit
from bot.reasoning.explanation import ADVICE_AT_MOST, QUOTABLE, advice_for, explain, first_step, reason
from tests.told import finding, story

SCIATICA = story("back_pain.current", "radiates_down_leg.yes", "sensation.tingling")
HEEL = story("foot_site.heel", "timing.first_steps", "back_pain.never", "radiates_down_leg.no")
VAGUE = story("foot_site.heel", "back_pain.current")
RUNS_DOWN = Cue(("radiates_down_leg.yes",), 3, "It runs down the leg.", ("example",))


def advice_ids(told, knowledge) -> dict[str, list[str]]:
    picked = advice_for(explain(told, knowledge), told, knowledge)
    return {place: [one.id for one in advice] for place, advice in picked.items()}


# ------------------------------------------------------------------- the verdict


def test_a_clear_story_is_said_to_fit_best_with_its_mechanism(knowledge):
    verdict = explain(SCIATICA, knowledge).verdict

    assert "may well be linked" in verdict
    assert "a squeezed nerve in the back" in verdict


def test_a_link_with_weak_proof_is_not_said_to_be_likely(knowledge):
    told = story("gait.altered_after_back_pain", "onset_order.back_first", "back_pain.current")

    found = explain(told, knowledge)

    assert [one.mechanism.id for one in found.links if one.fit is Fit.WELL] == ["compensation"]
    assert "may well be linked" not in found.verdict
    assert "proof that it joins back and foot is weak" in found.verdict


@pytest.mark.parametrize("mechanism", ["posture_gait", "muscle_imbalance", "compensation"])
def test_where_the_back_never_hurt_no_link_by_walk_or_muscles_fits_well(mechanism, knowledge):
    told = story(
        "back_pain.never",
        "foot_site.heel",
        "timing.first_steps",
        "muscles.tight_hamstrings",
        "gait.rolling_in",
    )

    fits = {one.mechanism.id: one.fit for one in explain(told, knowledge).links}

    assert fits[mechanism] is not Fit.WELL


def test_a_foot_problem_is_said_to_point_to_another_cause(knowledge):
    verdict = explain(HEEL, knowledge).verdict

    assert "another cause" in verdict
    assert "a problem in the foot itself" in verdict


def test_a_vague_story_is_said_to_be_unclear(knowledge):
    verdict = explain(VAGUE, knowledge).verdict

    assert "may well be linked" not in verdict


def test_an_empty_story_fits_none_of_the_four(knowledge):
    assert explain({}, knowledge).verdict.startswith("None of the four links fits clearly")


def test_where_nothing_fits_it_says_so_and_what_it_leaves_open(knowledge):
    told = story("foot_site.little_toe", "back_pain.current", "radiates_down_leg.no", "onset_order.together")

    found = explain(told, knowledge)

    assert all(one.fit in (Fit.UNCLEAR, Fit.AGAINST) for one in found.links)
    assert "None of the four links fits clearly" in found.verdict
    assert "podiatrist" in found.verdict


@pytest.mark.parametrize("told", [{}, story("foot_site.heel")], ids=["nothing", "a sore heel"])
def test_who_told_too_little_does_not_hear_that_little_speaks_for_the_back(told, knowledge):
    verdict = explain(told, knowledge).verdict

    assert "not enough to tell yet" in verdict
    assert "little speaks for your back" not in verdict


def test_who_told_what_speaks_against_the_back_hears_so(knowledge):
    verdict = explain(story("back_pain.never"), knowledge).verdict

    assert "little speaks for your back" in verdict


@pytest.mark.parametrize("told", [SCIATICA, HEEL, VAGUE, {}], ids=["sciatica", "heel", "vague", "empty"])
def test_every_verdict_leaves_the_diagnosis_to_an_exam(told, knowledge):
    verdict = explain(told, knowledge).verdict

    assert verdict.endswith("Only an exam can tell.")
    assert "you have" not in verdict.lower()
    assert "%" not in verdict


def test_the_explanation_shows_all_four_also_those_that_do_not_fit(knowledge):
    assert len(explain(HEEL, knowledge).links) == 4


# ------------------------------------------------------------------- reasons


def test_a_reason_quotes_the_persons_own_words():
    told = {"radiates_down_leg.yes": finding("radiates_down_leg.yes", words="zaps to my toes")}

    assert reason(RUNS_DOWN, told).text == 'It runs down the leg. (You said: "zaps to my toes")'


def test_a_reason_does_not_quote_a_whole_story():
    told = {"radiates_down_leg.yes": finding("radiates_down_leg.yes", words="x" * (QUOTABLE + 1))}

    assert reason(RUNS_DOWN, told).text == "It runs down the leg."


@pytest.mark.parametrize("bare", ["no", "Yes.", "nope", "not really"])
def test_a_bare_yes_or_no_is_no_quotation(bare):
    told = {"radiates_down_leg.yes": finding("radiates_down_leg.yes", words=bare)}

    assert reason(RUNS_DOWN, told).words == ""


def test_a_reason_carries_its_sources():
    assert reason(RUNS_DOWN, SCIATICA).sources == ("example",)


# ------------------------------------------------------------------- advice


def test_advice_suits_the_story(knowledge):
    picked = advice_ids(HEEL, knowledge)

    assert "calf_and_sole_stretch" in picked["feet"]


def test_no_more_advice_is_given_than_a_person_can_keep(knowledge):
    for told in (SCIATICA, HEEL, VAGUE):
        assert all(len(some) <= ADVICE_AT_MOST for some in advice_ids(told, knowledge).values())


def test_advice_for_back_and_feet_is_given_once(knowledge):
    given = [name for place in advice_ids(SCIATICA, knowledge).values() for name in place]

    assert len(given) == len(set(given))


def test_a_back_that_never_hurt_gets_no_advice_of_its_own(knowledge):
    assert advice_ids(story("foot_site.heel", "back_pain.never"), knowledge)["back"] == []


def test_advice_to_avoid_stands_by_itself(knowledge):
    picked = advice_for(explain(HEEL, knowledge), HEEL, knowledge)

    assert all(one.avoid for one in picked["avoid"])
    assert not any(one.avoid for one in (*picked["back"], *picked["feet"]))


def test_numb_feet_get_neither_heat_nor_ice(knowledge):
    told = story("back_pain.current", "foot_site.heel", "sensation.numbness", "timing.after_exercise")

    given = [name for names in advice_ids(told, knowledge).values() for name in names]

    assert "heat_on_back" not in given
    assert "ice_on_foot" not in given


@pytest.mark.parametrize(
    "risk", ["risk.osteoporosis", "risk.blood_thinner", "risk.cancer_history", "risk.pregnancy"]
)
def test_hands_on_care_is_left_out_where_it_may_harm(risk, knowledge):
    told = {**SCIATICA, **story(risk)}

    assert "hands_on_care" not in advice_ids(told, knowledge)["back"]


def test_no_advice_is_given_that_the_story_rules_out(knowledge):
    for advice in knowledge.advice.values():
        for concept in advice.not_when:
            told = {**SCIATICA, **HEEL, **story(concept)}

            given = [name for names in advice_ids(told, knowledge).values() for name in names]

            assert advice.id not in given, (advice.id, concept)


# ------------------------------------------------------------------- whom to see first


@pytest.mark.parametrize(
    ("told", "who"),
    [
        (SCIATICA, "spine_specialist"),
        (HEEL, "podiatrist"),
        (story("risk.diabetes", "foot_site.heel"), "podiatrist"),
        (story("risk.pregnancy", "radiates_down_leg.yes"), "family_doctor"),
        ({}, "family_doctor"),
    ],
    ids=["sciatica", "heel", "diabetes", "pregnancy", "empty"],
)
def test_the_story_decides_whom_to_see_first(told, who, knowledge):
    assert first_step(told, knowledge).start_with == who


def test_weakness_comes_before_everything_else(knowledge):
    told = {**SCIATICA, **HEEL, **story("sensation.weakness", "risk.diabetes")}

    step = first_step(told, knowledge)

    assert step.start_with == "family_doctor"
    assert "weak" in step.say
