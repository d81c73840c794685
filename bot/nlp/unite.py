"""Unite two readers: the terms with ConText, and the encoder's heads.

The encoder has heard the whole message and knows paraphrase; a term knows the exact word and ConText
who is meant. For each concept the class (told, denied, elsewhere) with the most support wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.knowledge.concepts import Assertion

CLASSES = {
    Assertion.PRESENT: "told",
    Assertion.POSSIBLE: "told",
    Assertion.ABSENT: "denied",
    Assertion.HISTORICAL: "elsewhere",
    Assertion.HYPOTHETICAL: "elsewhere",
    Assertion.FAMILY: "elsewhere",
}
_KIN = re.compile(
    r"\b(?:mum|mom|mother|dad|father|sister|brother|wife|husband|partner|aunt|uncle|gran|nan|grandma|"
    r"grandad|cousin|neighbou?r|friend|mate|colleague|boss|family)\b"
)
_FEAR = re.compile(
    r"\b(?:if|afraid|scared|worr\w+|what|could i|can i|risk|prevent|avoid|might get|read about|heard)\b"
)


@dataclass(frozen=True)
class Support:
    """How sure the encoder is that a concept was told, denied, or said of elsewhere (0 to 1)."""

    told: float
    denied: float
    elsewhere: float

    @property
    def most(self) -> float:
        return max(self.told, self.denied, self.elsewhere)


@dataclass(frozen=True)
class Weights:
    """How far the readers are trusted; set on lines held out from training."""

    alone: float = 0.5
    """From here on the encoder may name what no term names."""
    asked: float = 0.35
    """The same, for the family that was asked for."""
    term: float = 0.35
    """What a term with its ConText reading adds to its class."""
    not_meant: float = 0.04
    """Below this the encoder is sure that a term was meant otherwise."""


def unite(
    term: Assertion | None, support: Support, text: str, asked: bool, weights: Weights
) -> Assertion | None:
    """Return how a concept was meant, or None where it was not meant at all.

    `term` is what terms and ConText say of it, None where no term names it.
    """
    if term is None and support.most < (weights.asked if asked else weights.alone):
        return None
    if term is not None and support.most < weights.not_meant:
        return None
    votes = {name: getattr(support, name) for name in ("told", "denied", "elsewhere")}
    if term is not None:
        votes[CLASSES[term]] += weights.term
    winner = max(votes, key=lambda name: votes[name])
    if term is not None and CLASSES[term] == winner:
        return term
    if winner == "told":
        return Assertion.PRESENT
    return Assertion.ABSENT if winner == "denied" else _elsewhere(text.lower())


def _elsewhere(text: str) -> Assertion:
    if _KIN.search(text):
        return Assertion.FAMILY
    return Assertion.HYPOTHETICAL if _FEAR.search(text) else Assertion.HISTORICAL
