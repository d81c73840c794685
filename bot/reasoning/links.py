"""How well each mechanism fits the story, with reasons for and against. Never a percentage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.knowledge.concepts import (
    Cue,
    Finding,
    Fit,
    Knowledge,
    Mechanism,
    OtherExplanation,
)
from bot.reasoning.conversation import all_hold

# Two clear cues, or a classic one with any other, make a good fit.
WELL = 4
PARTLY = 2


@dataclass(frozen=True)
class Link:
    """A mechanism (or another explanation), how it fits, and why."""

    mechanism: Mechanism | OtherExplanation
    fit: Fit
    reasons_for: tuple[Cue, ...]
    reasons_against: tuple[Cue, ...]

    @property
    def fits(self) -> bool:
        return self.fit in (Fit.WELL, Fit.PARTLY)

    @property
    def balance(self) -> int:
        return weight(self.reasons_for) - weight(self.reasons_against)


def weight(cues: Iterable[Cue]) -> int:
    """Return what the cues weigh together; several of one kind of finding count once, the heaviest."""
    heaviest: dict[frozenset[str], int] = {}
    for cue in cues:
        heaviest[cue.families] = max(heaviest.get(cue.families, 0), cue.weight)
    return sum(heaviest.values())


def link(mechanism: Mechanism | OtherExplanation, story: Mapping[str, Finding]) -> Link:
    """Return how the mechanism fits the story."""
    reasons_for = tuple(c for c in mechanism.cues_for if all_hold(c.when, story))
    reasons_against = tuple(c for c in mechanism.cues_against if all_hold(c.when, story))
    return Link(mechanism, fit_of(weight(reasons_for), weight(reasons_against)), reasons_for, reasons_against)


def balances(story: Mapping[str, Finding], knowledge: Knowledge) -> list[int]:
    """Return for each of the four mechanisms, in the clinicians' order, what speaks for it less what against."""
    return [link(mechanism, story).balance for mechanism in knowledge.mechanisms.values()]


def fit_of(points_for: int, points_against: int) -> Fit:
    """Return the fit for what speaks for and against, in cue weights."""
    balance = points_for - points_against
    if balance >= WELL:
        return Fit.WELL
    if balance >= PARTLY or (points_for >= WELL and balance > 0):
        return Fit.PARTLY
    if points_against > points_for:
        return Fit.AGAINST
    return Fit.UNCLEAR


def links(story: Mapping[str, Finding], knowledge: Knowledge) -> list[Link]:
    """Return the four mechanisms, best fit first; of equals, in the clinicians' order."""
    return _ordered(link(m, story) for m in knowledge.mechanisms.values())


def others(story: Mapping[str, Finding], knowledge: Knowledge) -> list[Link]:
    """Return the other explanations that the story calls for, best fit first."""
    found = _ordered(link(o, story) for o in knowledge.other_explanations.values())
    return [other for other in found if other.fits]


def _ordered(found: Iterable[Link]) -> list[Link]:
    rank = [Fit.WELL, Fit.PARTLY, Fit.UNCLEAR, Fit.AGAINST]
    return sorted(found, key=lambda one: (rank.index(one.fit), -one.balance))
