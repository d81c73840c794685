"""The trained screen for red flags said in a roundabout way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge.concepts import RedFlag, Urgency
from bot.nlp.encoder import Array


@dataclass(frozen=True)
class Sighting:
    """A red flag seen in one message; an uncertain one is asked about before any alarm."""

    red_flag: str
    certain: bool


@dataclass(frozen=True)
class Thresholds:
    """From which odds of an urgency's flags together one is asked about, and from which of its own it alarms."""

    check: float
    alarm: float


def screen(
    fires: Array, certain: Array, flags: Sequence[RedFlag], thresholds: Mapping[Urgency, Thresholds]
) -> list[Sighting]:
    """Return the red flags that probabilities (flags,) show, the likeliest first.

    Where several flags of one urgency are possible, each gets but a share of the odds: the surest of
    them is asked about for all. An alarm it raises only by itself.
    """
    fires = fires.copy()
    for places in places_by_urgency(flags).values():
        fires[places[int(certain[places].argmax())]] = fires[places].sum()
    seen = []
    for place in (-fires).argsort():
        limit = thresholds[flags[place].urgency]
        if fires[place] >= limit.check:
            seen.append(Sighting(flags[place].id, bool(certain[place] >= limit.alarm)))
    return seen


def thresholds_by_urgency(held: Mapping[str, Mapping[str, float]]) -> dict[Urgency, Thresholds]:
    """Return the thresholds that stand under the urgencies' names in the encoder's card."""
    return {Urgency[name.upper()]: Thresholds(**pair) for name, pair in held.items()}


def places_by_urgency(flags: Sequence[RedFlag]) -> dict[Urgency, list[int]]:
    """Return which places the flags of each urgency have."""
    places: dict[Urgency, list[int]] = {}
    for place, flag in enumerate(flags):
        places.setdefault(flag.urgency, []).append(place)
    return places
