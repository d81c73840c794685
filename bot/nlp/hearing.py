"""One pass of the encoder over a message: as a whole, in parts, and in the light of the question."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bot.nlp.encoder import Array, Encoder

# What the encoder's window of tokens does not hold is heard in parts; each with what stands around it.
LONG = 55
WINDOW = 40
STEP = 25
MAX_PARTS = 12
# A short reply leans on its question; a long one speaks for itself.
TERSE = 14
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")


@dataclass(frozen=True)
class Heard:
    """What the encoder makes of a message. Head values are probabilities, (labels,)."""

    text: str
    vector: Array
    fires: Array
    certain: Array
    told: Array
    denied: Array
    elsewhere: Array


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
    heads = encoder.heads(
        [*texts, text] if terse else texts, [*[None] * len(texts), terse] if terse else None
    )
    last = -1 if terse else 0
    screened = slice(0, len(texts))
    return Heard(
        text=text,
        vector=encoder.vectors([text])[0],
        fires=_strongest(heads["fires"][screened]),
        certain=_strongest(heads["certain"][screened]),
        told=heads["told"][last],
        denied=heads["denied"][last],
        elsewhere=heads["elsewhere"][last],
    )


def _strongest(probabilities: Array) -> Array:
    return np.asarray(probabilities.max(axis=0), np.float32)
