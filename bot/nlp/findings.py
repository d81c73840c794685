"""Read findings from a message: what was told, how it was meant, on which side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spacy.tokens import Span

from bot.knowledge.concepts import Assertion, Concept, Finding
from bot.nlp.assertion import SPANS, assertion_of, context_pipeline
from bot.nlp.durations import read_durations
from bot.nlp.lexicon import Lexicon, Match, Speller
from bot.nlp.normalise import normalise

# A side belongs to what hurts, not to when or why.
SIDED = {"foot_site", "sensation", "sign"}
_BODY = r"(?:foot|feet|heel|heels|toe|toes|leg|legs|sole|soles|ankle|ankles|arch|arches|calf|calves|one|side|instep)"
_SIDES = {
    "left": re.compile(
        r"\b(?:left|lt|l)\b(?!\s+(?:it|me|him|her|untreated|over|alone|the|my|a|hip|knee|hand|arm|shoulder|eye))"
    ),
    "right": re.compile(
        r"\bright\b(?!\s+(?:now|away|through|after|before|as|so|then|up|down|at|under|where|when|next|into|behind|in|across|hip|knee|hand|arm|shoulder|eye|off|back|on|from|shoes?|pain))(?<!all right)(?<!you're right)(?<!s right)"
    ),
    "both": re.compile(
        rf"\b(?:both|2)\s+(?:my\s+|of\s+my\s+|the\s+|of\s+the\s+)?(?:{_BODY}|of them|sides)\b|\bboth\b(?!\s+(?:my\s+)?(?:back|of us|the back|knees|hips|hands))|\b(?:either|each)\s+(?:foot|side)\b|\bleft and right\b|\bbilateral"
    ),
}


@dataclass(frozen=True)
class Evidence:
    """Which words led to a finding."""

    finding: Finding
    term: str
    modifiers: tuple[str, ...]
    start: int


class FindingsReader:
    """Lexicon and ConText over one message; about a millisecond a sentence."""

    def __init__(self, concepts: Mapping[str, Concept], known_words: frozenset[str]) -> None:
        self._context = context_pipeline()
        self._lexicon = Lexicon(concepts)
        self._speller = Speller(self._lexicon.words, known_words)

    def mend(self, text: str) -> str:
        """Return the text as it is read: normalised, health words spelt right."""
        return self._speller.mend(normalise(text))

    def read(self, text: str) -> list[Evidence]:
        """Return what `text` (mended) tells, in the order told, each concept once."""
        lower = text.lower()
        matches = _widest([*self._lexicon.find(lower), *_durations(lower), *_sides(lower)])
        if not matches:
            return []
        spans = self._spans(text, matches)
        found: dict[tuple[str, bool], Evidence] = {}
        sides = [
            (span.start, span.label_.removeprefix("side."))
            for span in spans
            if span.label_.startswith("side.")
        ]
        for span in sorted(spans, key=lambda s: s.start):
            assertion = assertion_of(span)
            finding = Finding(span.label_, assertion, _side(span, sides), span.text)
            key = (finding.concept, assertion in (Assertion.PRESENT, Assertion.POSSIBLE))
            modifiers = tuple(m.rule.literal for m in span._.modifiers)
            found.setdefault(key, Evidence(finding, span.text, modifiers, span.start_char))
        return _consistent(list(found.values()))

    def _spans(self, text: str, matches: list[Match]) -> list[Span]:
        """Return the matches as spans that ConText has looked at."""
        doc = self._context.make_doc(text)
        told = [doc.char_span(m.start, m.end, m.concept, alignment_mode="expand") for m in matches]
        doc.spans[SPANS] = [span for span in told if span is not None]
        for _, component in self._context.pipeline:
            doc = component(doc)
        return list(doc.spans[SPANS])


def _durations(text: str) -> list[Match]:
    """The first duration is the complaint's; later ones are mostly of something else."""
    return [Match(f"duration.{d.value}", d.start, d.end, "") for d in read_durations(text)][:1]


def _sides(text: str) -> list[Match]:
    return [
        Match(f"side.{side}", match.start(), match.end(), "")
        for side, pattern in _SIDES.items()
        for match in pattern.finditer(text)
    ]


# Says that the words around it are no bodily sign: "wet myself laughing".
FIGURE_OF_SPEECH = "sign.figure_of_speech"


def _widest(matches: list[Match]) -> list[Match]:
    """Of overlapping matches of one family keep the longest: "little toe" is not "toes" as well."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.start)):
        if not any(_hides(longer, match) for longer in kept):
            kept.append(match)
    return [match for match in kept if match.concept != FIGURE_OF_SPEECH]


def _hides(longer: Match, match: Match) -> bool:
    if longer.start >= match.end or match.start >= longer.end:
        return False
    family = match.concept.partition(".")[0]
    if family == "sign":
        # Several signs may stand in the same words; each counts for its own red flag.
        return longer.concept in (FIGURE_OF_SPEECH, match.concept)
    return longer.concept.partition(".")[0] == family


def _side(span: Span, sides: list[tuple[int, str]]) -> str | None:
    if span.label_.partition(".")[0] not in SIDED or not sides:
        return None
    near = [side for side in sides if span.sent.start <= side[0] < span.sent.end] or (
        sides if len({s for _, s in sides}) == 1 else []
    )
    return min(near, key=lambda side: abs(side[0] - span.start))[1] if near else None


def _consistent(told: list[Evidence]) -> list[Evidence]:
    """Present beats denied when one message says both of the same thing."""
    present = {
        e.finding.concept for e in told if e.finding.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
    }
    return [
        e
        for e in told
        if e.finding.concept not in present or e.finding.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
    ]
