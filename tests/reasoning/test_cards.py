"""Cards: what a reply shows, in text for every channel."""

from __future__ import annotations

import pytest

from bot.reasoning.cards import advice_reply, links_card, referral_card, urgent_care
from bot.reasoning.explanation import explain
from tests.told import story

SCIATICA = story("back_pain.current", "radiates_down_leg.yes", "sensation.tingling")
HEEL = story("foot_site.heel", "timing.first_steps", "back_pain.never", "radiates_down_leg.no")
TIGHT = story("foot_site.heel", "muscles.tight_calves", "timing.first_steps", "back_pain.never")


def test_the_referral_ends_with_all_its_closing_words_the_warning_signs_last(knowledge):
    shown = referral_card({}, knowledge, knowledge.regions["US"])

    closing = [statement.say for statement in knowledge.referral.closing]
    assert shown["text"].endswith("\n".join(["", *closing]))
    assert "Get help at once if you go numb between the legs" in closing[-1]


def test_whatever_the_referral_says_names_its_source(knowledge):
    shown = referral_card({}, knowledge, knowledge.regions["US"])

    urls = {source["url"] for source in shown["custom"]["sources"]}
    for statement in (*knowledge.referral.plan, *knowledge.referral.closing):
        assert {knowledge.sources[name].url for name in statement.sources} <= urls


@pytest.mark.parametrize("region", ["US", "UK", "EU", "IN", "AU", "other"])
def test_a_crisis_line_is_shown_where_it_answers_and_nowhere_else(region, knowledge):
    shown = urgent_care(knowledge.red_flags["self_harm"], knowledge.regions[region], knowledge)

    assert ("116 123" in shown["text"]) is (region == "UK")
    assert ("988" in shown["text"]) is (region == "US")
    assert ("crisis line in your country" in shown["text"]) is (region not in ("UK", "US"))


def test_who_is_in_a_crisis_hears_a_warm_word_then_the_numbers_then_that_they_may_stay(knowledge):
    shown = urgent_care(knowledge.red_flags["self_harm"], knowledge.regions["US"], knowledge)

    words = ("I am really sorry", "call 911 now", "988", "I can stay here", "does not plant the idea")
    places = [shown["text"].index(part) for part in words]
    assert places == sorted(places)
    assert shown["custom"]["do"][1].startswith("988")


def test_who_fits_a_mechanism_hears_what_care_of_one_may_do_for_the_other(knowledge):
    shown = advice_reply(explain(SCIATICA, knowledge), SCIATICA, knowledge)

    nerve = knowledge.mechanisms["nerve_compression"]
    first = shown["custom"]["sections"][0]
    assert first["title"] == "What care of one may do for the other"
    assert first["lines"] == [nerve.back_care[0].say, nerve.foot_care[0].say]
    assert all(line in shown["text"] for line in first["lines"])
    urls = {source["url"] for source in shown["custom"]["sources"]}
    for name in (*nerve.back_care[0].sources, *nerve.foot_care[0].sources):
        assert knowledge.sources[name].url in urls


@pytest.mark.parametrize("told", [HEEL, TIGHT], ids=["no mechanism fits", "the back never hurt"])
def test_where_it_suits_nobody_nothing_is_said_of_what_care_of_one_may_do_for_the_other(told, knowledge):
    shown = advice_reply(explain(told, knowledge), told, knowledge)

    for mechanism in knowledge.mechanisms.values():
        assert mechanism.back_care[0].say not in shown["text"]
        assert mechanism.foot_care[0].say not in shown["text"]


def test_a_fitting_mechanism_says_what_is_not_known_of_it_and_the_others_do_not(knowledge):
    explanation = explain(SCIATICA, knowledge)
    shown = links_card(explanation, SCIATICA, knowledge)

    for one, card in zip(explanation.links, shown["custom"]["links"]):
        fits = one.fit.value in ("well", "partly")
        assert card["not_known"] == ([one.mechanism.limits[0].say] if fits else [])
        assert (one.mechanism.limits[0].say in shown["text"]) is fits
    assert any(card["not_known"] for card in shown["custom"]["links"])
