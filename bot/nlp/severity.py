"""Read how bad the pain is in numbers: "6 or 7 out of 10", "an eight on a scale of ten", "7/10"."""

from __future__ import annotations

import re

from bot.nlp.durations import NUMBER_WORDS

_WORDS = NUMBER_WORDS[:11]
_NUMBER = rf"(?:10|\d(?:[.,]\d)?|{'|'.join(_WORDS)})"
_SPAN = rf"(?P<low>{_NUMBER})(?:\s*(?:-|to|or|and|maybe|/(?=\s*\d\s*out))\s*(?:an?\s+)?(?P<high>{_NUMBER}))?"
_TEN = r"(?:10|ten)\b"
# All but the ten at its end.
_SCALE = (
    r"on\s+(?:an?|the)\s+(?:pain\s+)?scale\s+(?:of|to|up\s+to|from)\s+(?:(?:0|1|zero|one)\s*(?:-|to)\s*)?"
)
# "Not a 10", "used to be 9": that is not how bad it is now.
_OTHERWISE = re.compile(
    r"\b(?:not|never|isn'?t|wasn'?t|was|used to|mum|mom|dad|wife|husband|sister|brother)\b[^.;,!?]*$"
)
# "Since 3/10" and "7/10/2019" are days; "1 out of 10 people" are people.
_DAY = re.compile(r"\b(?:since|on|from|until|by|the)\s+$")
_OF_TEN = re.compile(
    rf"(?<![\d/.,-])\b{_SPAN}\s*(?:(?P<bare>/)|out\s+of(?:\s+an?)?|{_SCALE})\s*{_TEN}"
    r"(?!\s*[/.,-]\s*\d|\s+(?!when|if|on|in|at|by|after|and|but|or|for|most|some|all|even|now|today|pain|with)[a-z])"
)
_ON_SCALE = re.compile(
    rf"{_SCALE}{_TEN}[\s,:]*(?:(?:i'?d|i\s+would)\s+(?:say|call\s+it|give\s+it)|it'?s|it\s+is|maybe|about|an?|\s)*{_SPAN}\b(?!\s*/)"
)


def read_severity(text: str) -> str | None:
    """Return the last number of ten that `text` (lower case) gives for now, as "7" or "6 to 7", or None."""
    found = None
    for match in sorted((*_OF_TEN.finditer(text), *_ON_SCALE.finditer(text)), key=lambda m: m.start()):
        before = text[: match.start()]
        if _OTHERWISE.search(before) or (match.groupdict().get("bare") and _DAY.search(before)):
            continue
        low, high = (_digits(match[name]) for name in ("low", "high"))
        found = f"{low} to {high}" if high else low
    return found


def _digits(number: str | None) -> str:
    return str(_WORDS.index(number)) if number in _WORDS else (number or "").replace(",", ".")
