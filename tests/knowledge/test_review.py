"""The text for the clinician holds all that bears on safety, with its sources."""

from __future__ import annotations

import pytest

from bot.commands.knowledge import main


@pytest.fixture
def review(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["review"]) == 0
    return capsys.readouterr().out


def test_a_reviewer_sees_every_red_flag_what_it_says_and_its_sources(review, knowledge):
    for flag in knowledge.red_flags.values():
        assert flag.means.say in review
        assert all(step in review for step in (*flag.do, flag.check))
        assert all(knowledge.sources[name].url in review for name in flag.sources)


def test_a_reviewer_sees_every_number_of_care_and_whether_it_was_checked(review, knowledge):
    for region in knowledge.regions.values():
        assert f"{region.name}: emergency: {region.emergency_number}" in review
        for line in region.crisis:
            assert f"- {line.name}: {line.how} ({line.checked})" in review
            assert not line.source or knowledge.sources[line.source].url in review


def test_a_reviewer_sees_every_caution_and_every_first_step(review, knowledge):
    said = [advice.caution for advice in knowledge.advice.values() if advice.caution]
    said += [step.say for step in knowledge.referral.first_step]

    assert [words for words in said if words not in review] == []


def test_a_reviewer_signs_at_the_end(review):
    assert review.splitlines()[-1].startswith("Reviewed by: ____")
