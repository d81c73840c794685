"""Set the screen's thresholds and the readers' weights on lines held out from training.

An emergency may be asked about too often, but must hardly ever be missed; a mild flag the other way.
What is found is written into the encoder's card.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np

from bot.knowledge.concepts import Urgency
from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import FOLDER, Array, Encoder
from bot.nlp.examples import Example, is_development, read_examples
from bot.nlp.hearing import hear
from bot.nlp.normalise import normalise
from bot.nlp.understanding import Understanding
from bot.nlp.unite import Weights

# Of the held-out lines, so many of a level's flags must be in sight ...
RECALL = {Urgency.EMERGENCY: 0.975, Urgency.SAME_DAY: 0.975, Urgency.WITHIN_DAYS: 0.965}
# ... and so few of the lines without any may alarm.
FALSE_ALARMS = {Urgency.EMERGENCY: 0.02, Urgency.SAME_DAY: 0.015, Urgency.WITHIN_DAYS: 0.015}
CHECK_BETWEEN = (0.36, 0.6)
ALARM_BETWEEN = (0.3, 0.9)


GRID = {
    "alone": (0.3, 0.4, 0.5, 0.6, 0.7),
    "asked": (0.2, 0.3, 0.4, 0.5),
    "term": (0.15, 0.3, 0.45, 0.6),
    "not_meant": (0.01, 0.03, 0.06, 0.1),
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
    lines = [e for e in read_examples() if e.findings is not None and is_development(e)]
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
    lines = [e for e in read_examples() if e.alarms is not None and is_development(e)]
    heard = [hear(encoder, normalise(e.text)) for e in lines]
    fires = np.stack([h.fires for h in heard])
    certain = np.stack([h.certain for h in heard])
    return levels_of(fires, certain, lines, encoder.labels["fires"])


def levels_of(
    fires: Array, certain: Array, lines: list[Example], flags: list[str]
) -> dict[str, dict[str, float]]:
    """Return each level's thresholds for probabilities (lines, flags)."""
    levels = {flag.id: flag.urgency for flag in read_knowledge().red_flags.values()}
    found = {}
    for level in RECALL:
        columns = [n for n, flag in enumerate(flags) if levels[flag] is level]
        names = [flags[n] for n in columns]
        found[level.name.lower()] = {
            "check": _check(fires[:, columns], lines, names, RECALL[level]),
            "alarm": _alarm(certain[:, columns], lines, levels, level),
        }
    return found


def _check(fires: Array, lines: list[Example], names: list[str], recall: float) -> float:
    """The highest threshold that keeps the recall over the level's flags."""
    found = sorted(
        float(fires[row, column])
        for row, line in enumerate(lines)
        for column, name in enumerate(names)
        if name in (line.alarms or ())
    )
    missed = int((1 - recall) * len(found))
    return round(float(np.clip(found[missed], *CHECK_BETWEEN)), 3)


def _alarm(certain: Array, lines: list[Example], levels: dict[str, Urgency], level: Urgency) -> float:
    """The lowest threshold that keeps the false alarms of lines that show nothing so urgent."""
    quiet = [
        row
        for row, line in enumerate(lines)
        if not any(levels[flag] >= level for flag in (line.alarms or frozenset()) | line.checks)
    ]
    strongest = np.sort(certain[quiet].max(axis=1))
    place = int((1 - FALSE_ALARMS[level]) * len(strongest))
    return round(float(np.clip(strongest[min(place, len(strongest) - 1)], *ALARM_BETWEEN)), 3)


if __name__ == "__main__":
    print(json.dumps(calibrate(), indent=1))
