"""One pass of the encoder over a message: as a whole, in parts, and in the light of the question."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bot.nlp.encoder import Array, Encoder

# What the encoder's window of tokens does not hold is heard in parts; each with what stands around it.
LONG = 80
WINDOW = 60
STEP = 40
# A short reply leans on its question; a long one speaks for itself.
TERSE = 14
# Only these moves answer a question; the others are heard without it.
ANSWERING = {"tell", "affirm", "deny", "dont_know", "correction", "out_of_scope"}
# "No, the back came first" takes back what was understood; what it tells comes after.
_TAKES_BACK = re.compile(
    r"^(?:(?:no+|nope|sorry|wait|hang on|oops|actually|my mistake|that(?:'?s| was| is)(?: not right| wrong))"
    r"(?:[,.!;:]+\s*|\s+(?=(?:it'?s|it was|the|my|i meant?)\b)))+(?!(?:no|not|never|none|nothing|don'?t|isn'?t)\b)"
    r"(?=\S+\s+\S+\s+\S)"
)
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")


@dataclass(frozen=True)
class Heard:
    """What the encoder makes of one message; all but the texts are probabilities.

    text as it was said, told without words that only take something back;
    fires and certain (flags,), plain (concepts,) and in the light of the question
    named (concepts,) and meant (concepts, assertions), move (moves,), topic (topics,).
    """

    text: str
    told: str
    fires: Array
    certain: Array
    plain: Array
    named: Array
    meant: Array
    move: Array
    topic: Array


def parts_of(text: str) -> list[str]:
    """Return a long text in parts: sentences together, and windows of words where it has no full stops."""
    if len(text.split()) <= LONG:
        return []
    parts: list[list[str]] = [[]]
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        if len(parts[-1]) + len(words) <= WINDOW:
            parts[-1] += words
            continue
        # The last window ends with the last word.
        starts = [*range(0, max(len(words) - WINDOW, 0), STEP), max(len(words) - WINDOW, 0)]
        parts += [words[start : start + WINDOW] for start in starts]
    return [" ".join(part) for part in parts if part]


def hear(encoder: Encoder, text: str, asked: str | None = None) -> Heard:
    """Encode `text` (mended); of a long one, what is heard strongest in the whole or in a part counts."""
    told = _TAKES_BACK.sub("", text.lower()) if _TAKES_BACK.match(text.lower()) else text
    terse = asked if asked and len(text.split()) <= TERSE else None
    texts = [text, *parts_of(text)]
    whole = len(texts)
    apart = terse or told is not text
    encoded = encoder.encode([*texts, told], [*[None] * whole, terse]) if apart else encoder.encode(texts)
    in_light = told is not text or (terse and _answers(encoder, encoded.move[0]))
    concepts = np.arange(encoded.named.shape[1])
    # Where each concept is named loudest: in what was said last, or in the whole or a part of it.
    loudest = np.full_like(concepts, whole) if in_light else encoded.named[:whole].argmax(axis=0)
    return Heard(
        text=text,
        told=told,
        fires=_strongest(encoded.fires[:whole]),
        certain=_strongest(encoded.certain[:whole]),
        plain=_strongest(encoded.named[:whole]),
        named=encoded.named[loudest, concepts],
        meant=encoded.meant[loudest, concepts],
        move=encoded.move[0],
        topic=encoded.topic[0],
    )


def _answers(encoder: Encoder, moves: Array) -> bool:
    """Whether a reply is more likely an answer than a question, a thank-you or the like."""
    return float(sum(p for move, p in zip(encoder.labels["move"], moves) if move in ANSWERING)) >= 0.5


def _strongest(probabilities: Array) -> Array:
    return np.asarray(probabilities.max(axis=0), np.float32)
