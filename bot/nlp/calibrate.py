"""Set the screen's thresholds and the readers' weights on lines held out from training.

An emergency may be asked about more often than a mild flag, for it must hardly ever be missed.
What is found is written into the encoder's card.
"""

from __future__ import annotations

import itertools
import json
from functools import lru_cache
from typing import Any

import numpy as np

from bot.knowledge.concepts import Urgency
from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import FOLDER, Array, Encoder
from bot.nlp.examples import Example, read_development
from bot.nlp.hearing import hear
from bot.nlp.normalise import normalise
from bot.nlp.screen import places_by_urgency
from bot.nlp.understanding import Understanding
from bot.nlp.unite import Weights

# Of the held-out lines that show nothing so urgent, so many may be asked about, and so many may alarm:
# each level is as watchful as that allows. An emergency is told at once, what can wait is rather asked about.
MAY_CHECK = {Urgency.EMERGENCY: 0.1, Urgency.SAME_DAY: 0.04, Urgency.WITHIN_DAYS: 0.015}
MAY_ALARM = {Urgency.EMERGENCY: 0.02, Urgency.SAME_DAY: 0.006, Urgency.WITHIN_DAYS: 0.003}
BETWEEN = (0.05, 0.95)
# Beside a clear sign of the next milder urgency one asks up to so much later; no held-out line may be lost by it.
BESIDE_AT_MOST = 2.0
GRID = {
    "alone": (0.4, 0.55, 0.7),
    "asked": (0.3, 0.45, 0.6),
    "term": (0.15, 0.3, 0.6),
    # Not higher: a new term, which the encoder does not know, must count at once.
    "not_meant": (0.005, 0.01),
}


def calibrate() -> dict[str, Any]:
    """Return and write the thresholds of each level and the weights of the readers."""
    encoder = Encoder()
    card = json.loads((FOLDER / "card.json").read_text())
    card["thresholds"] = thresholds(encoder)
    card["weights"] = weights(encoder)
    (FOLDER / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return {key: card[key] for key in ("thresholds", "weights")}


def weights(encoder: Encoder) -> dict[str, float]:
    """Return the weights with the most findings read exactly (concept and assertion) on held-out lines."""
    knowledge = read_knowledge()
    understanding = Understanding(knowledge, encoder)
    # What the terms say does not change with the weights.
    understanding._reader.read = lru_cache(None)(understanding._reader.read)  # type: ignore[method-assign]
    lines = [e for e in read_development() if e.findings is not None]
    heard = [understanding.hear(e.text, e.asked) for e in lines]
    best: tuple[float, dict[str, float]] = (-1.0, {})
    for values in itertools.product(*GRID.values()):
        tried = dict(zip(GRID, values))
        understanding.weights = Weights(**tried)
        right = wrong = missed = 0
        for line, message in zip(lines, heard):
            found = {
                (f.concept, f.assertion)
                for f in understanding.findings(message, line.asked)[0]
                if f.family != "sign"
            }
            gold = set(line.findings or ())
            right += len(found & gold)
            wrong += len(found - gold)
            missed += len(gold - found)
        score = 2 * right / max(2 * right + wrong + missed, 1)
        if score > best[0]:
            best = (score, tried)
    return best[1] | {"development_f1": round(best[0], 4)}


def thresholds(encoder: Encoder) -> dict[str, dict[str, float]]:
    """Return the thresholds of each level."""
    lines = screened_lines()
    heard = [hear(encoder, normalise(e.text)) for e in lines]
    fires = np.stack([h.fires for h in heard])
    certain = np.stack([h.certain for h in heard])
    return levels_of(fires, certain, lines, encoder.labels["fires"])


def screened_lines() -> list[Example]:
    """Return the held-out lines of the screen: signs and their look-alikes."""
    return [
        e
        for e in read_development()
        if e.alarms is not None and e.findings is None and e.move in (None, "tell")
    ]


def levels_of(
    fires: Array, certain: Array, lines: list[Example], names: list[str]
) -> dict[str, dict[str, float]]:
    """Return each level's thresholds for probabilities (lines, flags)."""
    flags = read_knowledge().red_flags
    levels = {flag.id: flag.urgency for flag in flags.values()}
    found: dict[str, dict[str, float]] = {}
    clear = np.zeros(len(lines), bool)
    for level, columns in sorted(places_by_urgency([flags[name] for name in names]).items()):
        together, surest = fires[:, columns].sum(axis=1), certain[:, columns].max(axis=1)
        quiet = [row for row, line in enumerate(lines) if _milder(line, levels, level)]
        check, alarm = (
            _threshold(together[quiet], MAY_CHECK[level]),
            _threshold(surest[quiet], MAY_ALARM[level]),
        )
        heard = np.flatnonzero(clear & (together >= check))
        told = [row for row in heard if _top(lines[row], levels) is level]
        beside = min([check * BESIDE_AT_MOST, *together[told]])
        found[level.name.lower()] = {
            "check": check,
            "alarm": alarm,
            "beside": round(max(check, float(beside) - 0.001), 3),
        }
        clear = surest >= alarm
    return found


def _top(line: Example, levels: dict[str, Urgency]) -> Urgency | None:
    """The urgency of a line that shows flags for certain."""
    return None if line.checks else max((levels[flag] for flag in line.alarms or ()), default=None)


def _milder(line: Example, levels: dict[str, Urgency], level: Urgency) -> bool:
    return not any(levels[flag] >= level for flag in (line.alarms or frozenset()) | line.checks)


def _threshold(probabilities: Array, share: float) -> float:
    """The lowest threshold that the odds of at most `share` of the lines (lines,) reach."""
    place = min(int((1 - share) * len(probabilities)), len(probabilities) - 1)
    return round(float(np.clip(np.sort(probabilities)[place] + 0.001, *BETWEEN)), 3)


if __name__ == "__main__":
    print(json.dumps(calibrate(), indent=1))
