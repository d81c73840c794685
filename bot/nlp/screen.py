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
class Doubt:
    """A red flag that one message's terms raise, of which the screen hears less than they say, or nothing."""

    red_flag: str
    heard: bool


@dataclass(frozen=True)
class Thresholds:
    """From which odds of an urgency's flags together one is asked about, and from which of its own it alarms.

    `beside` takes the place of `check` where the message shows something of the next milder urgency for certain.
    """

    check: float
    alarm: float
    beside: float


def screen(
    fires: Array, certain: Array, flags: Sequence[RedFlag], thresholds: Mapping[Urgency, Thresholds]
) -> list[Sighting]:
    """Return the red flags that probabilities (flags,) show, the likeliest first.

    Where several flags of one urgency are possible, each gets but a share of the odds: the surest of
    them is asked about for all. An alarm it raises only by itself. A clear sign of the next milder urgency
    explains away a faint suspicion: a hot red leg without fever is not asked about sepsis as well.
    """
    fires = fires.copy()
    clear = clearest(certain, flags, thresholds)
    for places in places_by_urgency(flags).values():
        fires[places[int(certain[places].argmax())]] = fires[places].sum()
    seen = []
    for place in (-fires).argsort():
        urgency = flags[place].urgency
        limit = thresholds[urgency]
        if fires[place] >= (
            limit.beside if clear > Urgency.ROUTINE and clear == urgency - 1 else limit.check
        ):
            seen.append(Sighting(flags[place].id, bool(certain[place] >= limit.alarm)))
    return seen


def clearest(certain: Array, flags: Sequence[RedFlag], thresholds: Mapping[Urgency, Thresholds]) -> Urgency:
    """Return the highest urgency that alarms; routine where none does."""
    alarming = (f.urgency for f, odds in zip(flags, certain) if odds >= thresholds[f.urgency].alarm)
    return max(alarming, default=Urgency.ROUTINE)


def thresholds_by_urgency(held: Mapping[str, Mapping[str, float]]) -> dict[Urgency, Thresholds]:
    """Return the thresholds that stand under the urgencies' names in the encoder's card."""
    return {Urgency[name.upper()]: Thresholds(**pair) for name, pair in held.items()}


def places_by_urgency(flags: Sequence[RedFlag]) -> dict[Urgency, list[int]]:
    """Return which places the flags of each urgency have."""
    places: dict[Urgency, list[int]] = {}
    for place, flag in enumerate(flags):
        places.setdefault(flag.urgency, []).append(place)
    return places
