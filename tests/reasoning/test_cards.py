"""Cards: what a reply shows, in text for every channel."""

from __future__ import annotations

import pytest

from bot.reasoning.cards import referral_card, urgent_care


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
    assert "crisis line in your country" in shown["text"]
