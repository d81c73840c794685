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
MAX_PARTS = 12
# A short reply leans on its question; a long one speaks for itself.
TERSE = 14
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")


@dataclass(frozen=True)
class Heard:
    """What the encoder makes of one message; all but `text` and `vector` are probabilities.

    vector (384,), fires and certain (flags,), named (concepts,), meant (concepts, assertions),
    move (moves,), topic (topics,).
    """

    text: str
    vector: Array
    fires: Array
    certain: Array
    named: Array
    meant: Array
    move: Array
    topic: Array


def parts_of(text: str) -> list[str]:
    """Return the sentences of a long text, and windows of words where it has no full stops."""
    if len(text.split()) <= LONG:
        return []
    parts: list[str] = []
    for sentence in _SENTENCE.split(text):
        words = sentence.split()
        if len(words) <= WINDOW + 6:
            parts.append(sentence)
        else:
            parts += [" ".join(words[i : i + WINDOW]) for i in range(0, len(words) - STEP + 1, STEP)]
    return [part for part in parts if len(part.split()) > 2][:MAX_PARTS]


def hear(encoder: Encoder, text: str, asked: str | None = None) -> Heard:
    """Encode `text` (mended); red flags are the strongest of the whole and its parts."""
    terse = asked if asked and len(text.split()) <= TERSE else None
    texts = [text, *parts_of(text)]
    whole = len(texts)
    encoded = encoder.encode([*texts, text], [*[None] * whole, terse]) if terse else encoder.encode(texts)
    last = -1 if terse else 0
    return Heard(
        text=text,
        vector=encoder.vector(text),
        fires=_strongest(encoded.fires[:whole]),
        certain=_strongest(encoded.certain[:whole]),
        named=encoded.named[last],
        meant=encoded.meant[last],
        move=encoded.move[0],
        topic=encoded.topic[0],
    )


def _strongest(probabilities: Array) -> Array:
    return np.asarray(probabilities.max(axis=0), np.float32)
