"""The red flags on the evaluation set must not get worse than what was measured.

The goals stand in measure.py and are not all reached yet: `make safety` says which, and fails. These
floors are the lower ends of the intervals kept in tests/benchmarks/RESULTS.md.
"""

from __future__ import annotations

from collections import Counter

import pytest

from bot.knowledge.concepts import Urgency
from tests.safety.measure import Judge, flag_lines, outcome, quiet_lines

CAUGHT = {Urgency.EMERGENCY: 0.976, Urgency.SAME_DAY: 0.971, Urgency.WITHIN_DAYS: 0.907}
AT_ONCE = 0.918
QUIET_ALARMS = 0.070


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.mark.parametrize("level", list(CAUGHT), ids=lambda level: level.name.lower())
def test_red_flags_are_caught_as_often_as_measured(judge, level):
    flags = judge.knowledge.red_flags
    lines = [line for line in flag_lines() if max(flags[f].urgency for f in line.flags) == level]

    results = Counter(outcome(judge.alerts(line.text), level) for line in lines)

    assert len(lines) > 200
    assert results["missed"] <= (1 - CAUGHT[level]) * len(lines), results
    if level is Urgency.EMERGENCY:
        assert results["at once"] >= AT_ONCE * len(lines), results


def test_quiet_lines_do_not_alarm_more_often_than_measured(judge):
    lines = [line for _, line in quiet_lines()]

    alarms = sum(any(alert.certain for alert in judge.alerts(line.text)) for line in lines)

    assert len(lines) >= 300
    assert alarms <= QUIET_ALARMS * len(lines)
