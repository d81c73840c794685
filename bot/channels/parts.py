"""Long texts in parts, cut where a reader would pause."""

from __future__ import annotations

import re
from collections.abc import Callable

# Best first: between paragraphs, lines, sentences, words.
CUTS = tuple(re.compile(cut) for cut in (r"\n\n", r"\n", r"(?<=[.!?])\s", r"\s"))


def parts_of(text: str, most: int, size: Callable[[str], int] = len) -> list[str]:
    """Return `text` in parts of at most `most` as `size` counts."""
    parts = []
    while size(text) > most:
        cut = _cut(text, _fitting(text, most, size))
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text] if text else parts


def units(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def short(text: str, most: int) -> str:
    """Return `text`, cut with an ellipsis where it is too long."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _fitting(text: str, most: int, size: Callable[[str], int]) -> int:
    """Return how many characters fit; at least one, so that a cut always moves on."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= most else (low, middle - 1)
    return low


def _cut(text: str, fitting: int) -> int:
    for cut in CUTS:
        # A cut near the beginning would make many small parts.
        places = [m.start() for m in cut.finditer(text, 0, fitting + 1) if m.start() > fitting // 3]
        if places:
            return places[-1]
    return fitting
