"""Read how long: "going on three years", "since tuesday", "about 6 wks"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
)
"""From zero on."""
_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)} | {
    "a": 1,
    "an": 1,
    "couple": 2,
    "few": 3,
    "several": 4,
    "half": 0.5,
    "dozen": 12,
    "thirty": 30,
    "forty": 40,
}
_DAYS = {
    "day": 1.0,
    "week": 7.0,
    "wk": 7.0,
    "fortnight": 14.0,
    "month": 30.4,
    "mth": 30.4,
    "year": 365.0,
    "yr": 365.0,
    "decade": 3650.0,
}
_NUMBER = r"(?:\d+(?:\.\d+)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_UNIT = r"(?:days?|weeks?|wks?|fortnights?|months?|mths?|years?|yrs?|decades?)"
_SPAN = re.compile(
    rf"\b(?P<count>{_NUMBER})(?:\s*(?:-|to|or)\s*(?P<more>{_NUMBER}))?(?:\s+(?:and\s+a\s+half|or\s+so|good|long|odd|of|(?<=half\s)an?))?"
    rf"\s*(?P<unit>{_UNIT})\b(?P<after>\s+(?:old|ago|back|now|of age))?"
)
_VAGUE = re.compile(
    r"\b(?:for|in|over|past|last|of|many|these)\s+(?:the\s+)?(?:last\s+|past\s+|many\s+)?(?P<unit>days|weeks|months|years|decades|ages)\b"
)
_LAST = re.compile(
    r"\b(?:for|over|during)\s+(?:the\s+|this\s+)?(?:last|past)\s+(?P<unit>week|month|year|decade)\b"
)
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
_SINCE = re.compile(
    rf"\b(?:since|from|began|started|start|starting)(?:\s+(?:about|around|in|on|last|my|the|back|it|first|early|late|mid))*\s+(?P<when>{_MONTH}|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|this morning|last night|night|weekend|week|month|year|spring|summer|autumn|winter|"
    # "Since my fall", "since the fall on the ice": that is no autumn.
    r"(?<!my )(?<!a )fall(?!\s+(?:on|off|from|down|at|yesterday|i|that)\b)|"
    r"easter|christmas|xmas|new year|(?:19|20)\d\d|childhood|school|a kid|teens|twenties)\b"
)
# "since I slipped a disc in March": what happened stands between.
_SINCE_EVENT = re.compile(
    rf"\b(?:since|ever since)\s+(?:[\w']+\s+){{1,8}}?(?:in|last|back in|this)\s+(?P<when>{_MONTH}|year|month|week|weekend|(?:19|20)\d\d)\b"
)
_BRIEF = re.compile(
    r"\b(?:yesterday|this morning|last night|the other day|day before yesterday|earlier today)\b"
)
ADULT = 15
_KINDS = (("days", 14.0), ("weeks", 60.0), ("months", 360.0))


@dataclass(frozen=True)
class Duration:
    """How long something has lasted: days, weeks, months or years, and where it was said."""

    value: str
    start: int
    end: int


def read_durations(text: str) -> Iterator[Duration]:
    """Yield the durations in lower-case `text` in the order told; ages and appointments are left out."""
    yield from sorted(_durations(text), key=lambda duration: duration.start)


def _durations(text: str) -> Iterator[Duration]:
    for match in _SPAN.finditer(text):
        if (match["after"] or "").strip() in ("old", "of age"):
            continue
        before = text[max(0, match.start() - 12) : match.start()]
        if re.search(
            r"\b(in|every|next|another|within|age|aged|of|once|twice|times)\s+(?:a\s+|the\s+|about\s+)?$",
            before,
        ) and not re.search(r"\bfor the (?:best|better) part of\s$|(?:couple|period|matter) of $", before):
            continue
        # "I have 62 years", as many languages say it, is an age.
        count = _count(match["more"] or match["count"])
        if (
            count >= ADULT
            and match["unit"].startswith("y")
            and re.search(r"\b(?:i|he|she|i'm|i am|he is|she is|he's|she's)\s+(?:have\s+|has\s+)?$", before)
            and not re.match(r"\s+(?:of|with|that|now|this|since)\b", text[match.end() :])
        ):
            continue
        # "After a long day", "hours a day": that day is no duration; "for a day" and "a day ago" are.
        if re.match(r"a\s+(?:(?:good|long)\s+)?day$", match[0]) and not (
            re.search(r"\bfor\s+$", before) or text.startswith(" or", match.end())
        ):
            continue
        days = count * _DAYS[match["unit"].rstrip("s") or match["unit"]]
        yield Duration(_kind(days), match.start(), match.end())
    for match in _VAGUE.finditer(text):
        unit = match["unit"]
        yield Duration("years" if unit in ("ages", "decades") else unit, match.start(), match.end())
    for match in _LAST.finditer(text):
        yield Duration(_kind(_DAYS[match["unit"]]), match.start(), match.end())
    for match in (*_SINCE.finditer(text), *_SINCE_EVENT.finditer(text)):
        yield Duration(_since(match["when"]), match.start(), match.end())
    for match in _BRIEF.finditer(text):
        yield Duration("days", match.start(), match.end())


def _count(word: str) -> float:
    return _NUMBERS[word] if word in _NUMBERS else float(word)


def _kind(days: float) -> str:
    return next((kind for kind, limit in _KINDS if days < limit), "years")


def _since(when: str) -> str:
    if re.fullmatch(r"\d{4}|childhood|school|a kid|teens|twenties|year", when):
        return "years"
    if re.fullmatch(
        r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|this morning|last night|night|weekend|week",
        when,
    ):
        return "days"
    return "weeks" if when == "month" else "months"
