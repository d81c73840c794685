"""The trained screen for red flags said in a roundabout way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.nlp.hearing import Heard


@dataclass(frozen=True)
class Sighting:
    """A red flag seen in one message; an uncertain one is asked about before any alarm."""

    red_flag: str
    certain: bool


@dataclass(frozen=True)
class Thresholds:
    """From which probability on a flag is asked about, and from which it alarms."""

    check: float
    alarm: float


def screen(heard: Heard, labels: list[str], thresholds: Mapping[str, Thresholds]) -> list[Sighting]:
    """Return the red flags that the encoder sees, the likeliest first."""
    seen = []
    for place in (-heard.fires).argsort():
        limit = thresholds[labels[place]]
        if heard.fires[place] >= limit.check:
            certain = heard.certain[place] >= limit.alarm
            seen.append(Sighting(labels[place], bool(certain)))
    return seen
