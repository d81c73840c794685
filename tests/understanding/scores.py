"""Hits, false alarms and misses; and one judged message."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Score:
    """Hits, false alarms and misses."""

    hit: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        return 2 * self.hit / max(2 * self.hit + self.wrong + self.missed, 1)

    @property
    def precision(self) -> float:
        return self.hit / max(self.hit + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.hit / max(self.hit + self.missed, 1)


@dataclass
class Findings:
    """Findings by family (concept told at all), and how often their assertion was right."""

    families: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    assertions: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> Score:
        scores = self.families.values()
        return Score(sum(s.hit for s in scores), sum(s.wrong for s in scores), sum(s.missed for s in scores))


@dataclass(frozen=True)
class Judged:
    """A message's label as its writer meant it and as it was found, and how sure the finder was."""

    text: str
    gold: str
    found: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.gold == self.found


def macro_f1(judged: Sequence[Judged]) -> float:
    """Return the mean F1 over the labels that were meant or found."""
    scores: dict[str, Score] = defaultdict(Score)
    for one in judged:
        if one.right:
            scores[one.gold].hit += 1
        else:
            scores[one.gold].missed += 1
            scores[one.found].wrong += 1
    return sum(score.f1 for score in scores.values()) / max(len(scores), 1)
