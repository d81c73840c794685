"""How well the four mechanisms fit a story: reasons for and against, never a percentage."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Assertion, Cue, Finding, Fit
from bot.reasoning.links import fit_of, link, links, others, weight
from tests.told import story

SCIATICA = story(
    "back_pain.current", "radiates_down_leg.yes", "sensation.tingling", "timing.bending_coughing", "side.left"
)
HEEL = story(
    "foot_site.heel",
    "timing.first_steps",
    "relief.moving",
    "radiates_down_leg.no",
    "back_pain.never",
    "no sensation.tingling",
    "no sensation.numbness",
)


def cue(weight: int, *when: str) -> Cue:
    return Cue(when, weight, "Because.", ("example",))


def fits(told: dict[str, Finding], knowledge) -> dict[str, Fit]:
    return {one.mechanism.id: one.fit for one in links(told, knowledge)}


# ------------------------------------------------------------------- weighing


@pytest.mark.parametrize(
    ("points_for", "points_against", "fit"),
    [
        (4, 0, Fit.WELL),
        (6, 2, Fit.WELL),
        (3, 0, Fit.PARTLY),
        (2, 0, Fit.PARTLY),
        (5, 4, Fit.PARTLY),
        (1, 0, Fit.UNCLEAR),
        (0, 0, Fit.UNCLEAR),
        (3, 3, Fit.UNCLEAR),
        (0, 1, Fit.AGAINST),
        (2, 3, Fit.AGAINST),
    ],
)
def test_the_fit_follows_from_what_speaks_for_and_against(points_for, points_against, fit):
    assert fit_of(points_for, points_against) is fit


def test_reasons_of_different_kinds_add_up():
    assert weight([cue(2, "sensation.tingling"), cue(3, "radiates_down_leg.yes")]) == 5


def test_several_sensations_count_once_the_heaviest():
    assert weight([cue(1, "sensation.burning"), cue(2, "sensation.tingling")]) == 2


def test_a_choice_of_sensations_is_still_one_kind_of_reason():
    either = cue(2, "sensation.tingling | sensation.numbness")

    assert weight([either, cue(2, "sensation.weakness")]) == 2


def test_no_reasons_weigh_nothing():
    assert weight([]) == 0


# ------------------------------------------------------------------- stories


def test_a_link_keeps_the_reasons_that_hold_and_no_others(knowledge):
    found = link(knowledge.mechanisms["nerve_compression"], story("radiates_down_leg.yes", "back_pain.never"))

    assert [c.when for c in found.reasons_for] == [("radiates_down_leg.yes",)]
    assert [c.when for c in found.reasons_against] == [("back_pain.never",)]
    assert found.balance == 1


def test_without_a_story_nothing_fits_and_nothing_is_ruled_out(knowledge):
    assert set(fits({}, knowledge).values()) == {Fit.UNCLEAR}
    assert others({}, knowledge) == []


def test_there_are_always_all_four_links(knowledge, vocabulary):
    assert sorted(fits(SCIATICA, knowledge)) == sorted(vocabulary["closed"]["mechanisms"])


def test_pain_down_the_leg_with_tingling_fits_a_squeezed_nerve(knowledge):
    found = links(SCIATICA, knowledge)

    assert (found[0].mechanism.id, found[0].fit) == ("nerve_compression", Fit.WELL)


def test_first_steps_under_the_heel_fit_a_problem_of_the_foot_itself(knowledge):
    assert fits(HEEL, knowledge)["nerve_compression"] is Fit.AGAINST
    assert fits(HEEL, knowledge)["compensation"] is Fit.AGAINST
    assert others(HEEL, knowledge)[0].mechanism.id == "local_foot_problem"
    assert others(HEEL, knowledge)[0].fit is Fit.WELL


def test_a_walk_that_changed_with_the_back_pain_fits_walking_differently(knowledge):
    told = story("back_pain.current", "gait.altered_after_back_pain", "onset_order.back_first")

    assert fits(told, knowledge)["compensation"] is Fit.WELL


def test_a_foot_that_hurt_first_speaks_against_walking_differently(knowledge):
    told = story("back_pain.current", "onset_order.foot_first")

    assert fits(told, knowledge)["compensation"] is Fit.AGAINST


def test_a_longer_leg_and_rolling_feet_fit_the_way_of_standing_and_walking(knowledge):
    told = story("gait.leg_length", "gait.uneven_wear", "load.standing_job", "timing.standing")

    assert fits(told, knowledge)["posture_gait"] is Fit.WELL


def test_tight_calves_and_thighs_with_heel_pain_fit_tight_muscles(knowledge):
    told = story("muscles.tight_calves", "muscles.tight_hamstrings", "foot_site.heel", "timing.first_steps")

    assert fits(told, knowledge)["muscle_imbalance"] is Fit.WELL


def test_burning_in_both_feet_with_diabetes_fits_the_nerves_of_both_feet(knowledge):
    told = story("side.both", "sensation.burning", "risk.diabetes", "timing.night")

    assert others(told, knowledge)[0].mechanism.id == "nerves_of_both_feet"


def test_a_back_that_never_hurt_makes_no_mechanism_fit_well(knowledge):
    told = story("back_pain.never", "foot_site.arch", "footwear.new_shoes")

    assert Fit.WELL not in fits(told, knowledge).values()


@pytest.mark.parametrize("assertion", [Assertion.FAMILY, Assertion.HYPOTHETICAL, Assertion.HISTORICAL])
def test_what_the_person_does_not_have_now_changes_no_fit(assertion, knowledge):
    told = {"radiates_down_leg.yes": Finding("radiates_down_leg.yes", assertion)}

    assert fits(told, knowledge) == fits({}, knowledge)


def test_the_best_fit_comes_first_and_equals_keep_the_clinicians_order(knowledge):
    rank = [Fit.WELL, Fit.PARTLY, Fit.UNCLEAR, Fit.AGAINST]

    ordered = [rank.index(one.fit) for one in links(SCIATICA, knowledge)]
    equal = [one.mechanism.id for one in links({}, knowledge)]

    assert ordered == sorted(ordered)
    assert equal == list(knowledge.mechanisms)


def test_every_mechanism_can_be_made_to_fit_well_and_can_be_ruled_out(knowledge):
    for mechanism in knowledge.mechanisms.values():
        pro = story(*(c.split("|")[0].strip() for cue in mechanism.cues_for for c in cue.when))
        contra = story(*(c.split("|")[0].strip() for cue in mechanism.cues_against[:1] for c in cue.when))

        assert weight(link(mechanism, pro).reasons_for) >= 4, mechanism.id
        assert link(mechanism, contra).fit is Fit.AGAINST, mechanism.id
