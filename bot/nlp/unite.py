"""Unite two readers: the terms with ConText, and the encoder's heads.

The encoder has heard the whole message and knows paraphrase; a term knows the exact word and ConText
who is meant. For each concept the assertion with the most support wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.concepts import Assertion


@dataclass(frozen=True)
class Weights:
    """How far the readers are trusted; set on lines held out from training."""

    alone: float = 0.5
    """From here on the encoder may name what no term names."""
    asked: float = 0.35
    """The same, for the family that was asked for."""
    term: float = 0.35
    """What a term with its ConText reading adds to its assertion."""
    not_meant: float = 0.04
    """Below this the encoder is sure that a term was meant otherwise."""


def unite(
    term: Assertion | None, named: float, meant: Mapping[Assertion, float], asked: bool, weights: Weights
) -> Assertion | None:
    """Return how a concept was meant, or None where it was not named at all.

    `term` is what terms and ConText say of it, None where no term names it; `named` is how sure the
    encoder is that it was named, and `meant` how it was meant (both 0 to 1).
    """
    if term is None and named < (weights.asked if asked else weights.alone):
        return None
    if term is not None and named < weights.not_meant:
        return None
    votes = dict(meant)
    if term is not None:
        votes[term] += weights.term
    return max(votes, key=lambda assertion: votes[assertion])
