"""The screen's odds become alarms and checks by the thresholds of each urgency."""

from __future__ import annotations

import numpy as np

from bot.knowledge.concepts import Urgency
from bot.knowledge.reader import read_knowledge
from bot.nlp.calibrate import levels_of
from bot.nlp.examples import Example
from bot.nlp.screen import Sighting, Thresholds, screen

NAMES = ["sepsis", "stroke", "cellulitis"]
FLAGS = [read_knowledge().red_flags[name] for name in NAMES]
THRESHOLDS = {
    Urgency.EMERGENCY: Thresholds(check=0.2, alarm=0.8, beside=0.4),
    Urgency.SAME_DAY: Thresholds(check=0.2, alarm=0.6, beside=0.4),
}


def seen(fires: list[float], certain: list[float]) -> list[Sighting]:
    return screen(np.array(fires), np.array(certain), FLAGS, THRESHOLDS)


def test_what_is_sure_alarms_and_what_is_not_is_asked_about():
    assert seen([0.9, 0, 0], [0.9, 0, 0]) == [Sighting("sepsis", True)]
    assert seen([0.3, 0, 0], [0.1, 0, 0]) == [Sighting("sepsis", False)]
    assert seen([0.1, 0, 0], [0.1, 0, 0]) == []


def test_two_emergencies_half_heard_are_asked_about_together():
    assert seen([0.15, 0.1, 0], [0.1, 0.05, 0]) == [Sighting("sepsis", False)]


def test_a_clear_milder_sign_explains_a_faint_suspicion():
    assert seen([0.3, 0, 0.9], [0.1, 0, 0.9]) == [Sighting("cellulitis", True)]


def test_it_explains_nothing_where_it_is_unclear_or_the_suspicion_is_strong():
    unclear, strong = seen([0.3, 0, 0.5], [0.1, 0, 0.5]), seen([0.45, 0, 0.9], [0.1, 0, 0.9])

    assert Sighting("sepsis", False) in unclear
    assert Sighting("sepsis", False) in strong


def test_no_held_out_emergency_is_lost_to_a_milder_sign():
    quiet = [Example(f"quiet {n}", alarms=frozenset()) for n in range(200)]
    mild = [Example(f"hot leg {n}", alarms=frozenset({"cellulitis"})) for n in range(10)]
    buried = [Example("hot leg and shaking", alarms=frozenset({"sepsis", "cellulitis"}))]
    lines = [*quiet, *mild, *buried]
    fires = np.full((len(lines), 3), 0.01)
    certain = np.full((len(lines), 3), 0.01)
    fires[:200, 0] = np.linspace(0, 0.2, 200)
    fires[200:, 2] = certain[200:, 2] = 0.9
    fires[210, 0] = 0.25

    found = levels_of(fires, certain, lines, NAMES)

    assert found["emergency"]["check"] < found["emergency"]["beside"] < 0.25 + 0.02
