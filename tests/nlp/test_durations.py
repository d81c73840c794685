"""How long it has lasted, in people's own words."""

from __future__ import annotations

import pytest

from bot.nlp.durations import read_durations

SAID = {
    "days": [
        "10 days",
        "a couple of days",
        "two or three days",
        "since tuesday",
        "since yesterday",
        "it began last night",
        "for a day",
        "a day ago",
        "a day or two ago",
        "over the last week",
        "for a week",
        "these few days",
    ],
    "weeks": [
        "3 weeks",
        "about 6 wks",
        "a fortnight",
        "a few weeks now",
        "a couple of weeks",
        "20 days",
        "since last month",
        "for a month",
        "over the past month",
    ],
    "months": [
        "three months",
        "6 mths",
        "half a year",
        "12 weeks",
        "since march",
        "since last summer",
        "since the fall",
        "since march on and off",
        "since christmas",
        "for the last few months",
        "2 to 3 months",
    ],
    "years": [
        "going on three years",
        "two and a half years",
        "a year and a half",
        "18 months",
        "since 2019",
        "for ages",
        "for the past year",
        "for many years",
        "since childhood",
        "over a decade",
    ],
}
NO_DURATION = [
    "i am 60 years old",
    "aged 45 years",
    "i have 62 years and sore feet",
    "my appointment is in 3 weeks",
    "every 2 days",
    "i run next week",
    "twice a day",
    "after a long day",
    "a day on my feet",
    "8 hours a day",
    "since my fall on the stairs",
    "since the fall from the ladder",
    "my toes",
    "",
]


@pytest.mark.parametrize(
    ("value", "text"), [(value, text) for value, texts in SAID.items() for text in texts]
)
def test_a_duration_is_read_as_days_weeks_months_or_years(value, text):
    assert {duration.value for duration in read_durations(text)} == {value}


@pytest.mark.parametrize("text", NO_DURATION)
def test_an_age_an_appointment_or_a_habit_is_no_duration(text):
    assert list(read_durations(text)) == []


def test_of_a_range_the_longer_counts():
    (duration,) = read_durations("5 to 9 weeks")

    assert duration.value == "months"


def test_a_duration_knows_where_it_was_said():
    text = "it hurts for three weeks now"

    (duration, *_) = read_durations(text)

    assert text[duration.start : duration.end].startswith("three weeks")


def test_durations_come_in_the_order_told():
    told = read_durations("since monday, with a bad back for 10 years")

    assert [duration.value for duration in told] == ["days", "years"]
