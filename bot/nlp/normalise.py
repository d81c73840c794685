"""One spelling of the same text: Unicode forms, quotes, emoji, control characters."""

from __future__ import annotations

import re
import unicodedata

QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-"}
)
EMOJI = {
    "👍": " yes ",
    "👎": " no ",
    "👈": " left ",
    "👉": " right ",
    "🦶": " foot ",
    "🔥": " burning ",
    "⚡": " shooting ",
    "🤷": " don't know ",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# They take no room, so they part no word.
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LONG_RUN = re.compile(r"([^\W\d_])\1{3,}")
_SPACES = re.compile(r"[ \t\r\f\v]+")


def clean(text: str) -> str:
    """Return `text` in NFKC, without control, bidirectional or zero-width characters."""
    return _CONTROL.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", text))).strip()


def normalise(text: str) -> str:
    """Return `text` as the readers want it: clean, plain quotes, emoji as words, "sooooo" as "soo"."""
    plain = clean(text).translate(QUOTES)
    for emoji, word in EMOJI.items():
        plain = plain.replace(emoji, word)
    return _SPACES.sub(" ", _LONG_RUN.sub(r"\1\1", plain)).strip()
