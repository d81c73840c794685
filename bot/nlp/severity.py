"""Read how bad the pain is in numbers: "6 or 7 out of 10", "an eight on a scale of ten", "7/10"."""

from __future__ import annotations

import re

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = rf"(?:10|\d(?:\.5)?|{'|'.join(_WORDS)})"
_SCALE = re.compile(
    rf"(?<![\d/])\b(?P<low>{_NUMBER})(?:\s*(?:-|to|or|maybe)\s*(?:a\s+|an\s+)?(?P<high>{_NUMBER}))?"
    r"\s*(?:/|out\s+of(?:\s+a)?|on\s+(?:a|the)\s+(?:pain\s+)?scale\s+(?:of|to|up\s+to)|on\s+a\s+scale\s+of\s+(?:one|1|0)\s+to)"
    # "7/10/2019" is a day, "1 out of 10 people" are people.
    r"\s*(?:10|ten)\b(?![/.]\d|\s+(?:people|patients|times|days|nights|cases|of)\b)"
)


def read_severity(text: str) -> str | None:
    """Return the last number of ten that `text` (lower case) gives, as "7" or "6 to 7"; None where it gives none."""
    found = list(_SCALE.finditer(text))
    if not found:
        return None
    low, high = (_digits(found[-1][name]) for name in ("low", "high"))
    return f"{low} to {high}" if high else low


def _digits(number: str | None) -> str:
    return str(_WORDS.index(number)) if number in _WORDS else number or ""
