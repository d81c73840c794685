"""Understand one message: what was told, what the person does, and which red flags are in sight."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.knowledge.concepts import Assertion, Finding, Knowledge
from bot.nlp.answers import answer_findings, says_dont_know, says_no, says_yes
from bot.nlp.encoder import Encoder
from bot.nlp.findings import Evidence, FindingsReader
from bot.nlp.hearing import Heard, hear
from bot.nlp.moves import Move, MoveHead
from bot.nlp.screen import Sighting, Thresholds, screen
from bot.nlp.unite import Weights, unite

# Sides and durations are read by rule: what they are said of decides, not who says it.
BY_RULE = {"side", "duration"}
# Of these a message tells one; where a term names it, the encoder adds no other.
EXCLUSIVE = {"side", "duration", "back_pain", "radiates_down_leg", "onset_order"}
# Below this no move is taken for granted.
UNSURE = 0.35
# Moves that stay what they are, whatever is told beside them.
NOT_TELLING = {"ask", "correction", "stop", "start_over", "delete_my_data", "affirm", "deny"}
# What an answer to the open question is now and then taken for, and words that show it is no answer.
MISTAKEN = {"ask", "correction", "start_over", "stop", "back_to_question", "out_of_scope", "greet"}
_OTHERWISE = re.compile(
    r"\?|^\W*(?:what|why|how|who|which|is|are|can|could|should|do|does|tell|explain|"
    r"sorry|actually|wait|no wait|correction)\b|\bi mean|\bmistake|\bwrong\b"
)
_QUESTION = re.compile(
    r"\?|^\W*(?:what|why|how|who|which|when|where|is|are|was|can|could|should|would|will|do|does|did|tell|explain|any|"
    r"wonder\w*|help me)\b|\b(?:what|how|why|whether|which|who|should|could (?:it|my|this|that|i)|can (?:i|it|my)|"
    r"do i|does it|is it|is that|would it|wonder\w*|tell me|explain|advice|tips|know (?:if|about|more)|curious)\b"
)
MEANT = (Assertion.PRESENT, Assertion.POSSIBLE)


@dataclass(frozen=True)
class Reading:
    """What one message means."""

    text: str
    move: Move
    findings: tuple[Finding, ...]
    sightings: tuple[Sighting, ...]
    evidence: tuple[Evidence, ...] = ()


class Understanding:
    """Everything that reads a message, built once a process."""

    def __init__(self, knowledge: Knowledge, encoder: Encoder, head: MoveHead | None = None) -> None:
        self._knowledge = knowledge
        self._encoder = encoder
        self._head = head
        self._reader = FindingsReader(knowledge.concepts, encoder.words)
        self._labels = encoder.labels
        self._places = {concept: place for place, concept in enumerate(encoder.labels["named"])}
        self._assertions = [Assertion(value) for value in encoder.labels["meant"]]
        self._alone = signs_alone(knowledge, encoder.labels["fires"])
        self.weights = weights_of(encoder)
        self.unheard: float = encoder.card.get("unheard", 0.2)
        self.own: float = encoder.card.get("own", 0.5)
        self._thresholds = thresholds_of(encoder, knowledge)

    def hear(self, text: str, asked: str | None = None) -> Heard:
        """Return the encoder's view of a message."""
        return hear(self._encoder, self._reader.mend(text) or ".", asked)

    def findings(self, heard: Heard, asked: str | None = None) -> tuple[list[Finding], list[Evidence]]:
        """Return what is told: terms and encoder united, and the question for short replies."""
        evidence = self._reader.read(heard.text)
        found: dict[str, Finding] = {}
        for finding in (e.finding for e in evidence):
            if self._unheard(finding, heard):
                continue
            assertion = self._meant(finding, heard, asked)
            if assertion is not None:
                found[finding.concept] = replace(finding, assertion=assertion)
        # "Not sure" leaves the question open: the encoder must not hear a no in it.
        left_open = len(heard.text.split()) <= 4 and says_dont_know(heard.text.lower())
        for concept in () if left_open else self._places:
            if concept not in found and (told := self._paraphrased(concept, heard, asked, evidence)):
                found[concept] = told
        question = self._knowledge.questions.get(asked or "")
        if question is not None:
            families = {finding.family for finding in found.values()}
            for finding in answer_findings(question, heard.text):
                if finding.family not in families:
                    found.setdefault(finding.concept, finding)
        return _consistent(found.values()), evidence

    def _unheard(self, finding: Finding, heard: Heard) -> bool:
        """Whether the screen hears nothing of a red flag that this sign alone would raise."""
        places = self._alone.get(finding.concept)
        return bool(places) and max(float(heard.fires[place]) for place in places or ()) < self.unheard

    def _meant(self, finding: Finding, heard: Heard, asked: str | None) -> Assertion | None:
        if finding.concept not in self._places or finding.family in BY_RULE:
            return finding.assertion
        return self._united(finding.assertion, finding.concept, heard, asked)

    def _paraphrased(
        self, concept: str, heard: Heard, asked: str | None, evidence: list[Evidence]
    ) -> Finding | None:
        family = concept.partition(".")[0]
        for named in (e.finding for e in evidence):
            if named.concept == concept or (named.family == family and family in EXCLUSIVE):
                return None
        assertion = self._united(None, concept, heard, asked)
        return None if assertion is None else Finding(concept, assertion, words=heard.text)

    def _united(
        self, term: Assertion | None, concept: str, heard: Heard, asked: str | None
    ) -> Assertion | None:
        place = self._places[concept]
        meant = {a: float(p) for a, p in zip(self._assertions, heard.meant[place])}
        of_question = concept.partition(".")[0] == asked
        return unite(term, float(heard.named[place]), meant, of_question, self.weights)

    def sightings(self, heard: Heard) -> list[Sighting]:
        """Return the red flags that the trained screen sees in the message."""
        return screen(heard, self._labels["fires"], self._thresholds)

    def move(self, heard: Heard, findings: Iterable[Finding], asked: str | None = None) -> Move:
        """Return what the person does; what they told decides where the words alone do not."""
        if self._head is None:
            raise RuntimeError("No trained move head. Run: make train")
        return self.move_by(self._head, heard, findings, asked)

    def move_by(
        self, head: MoveHead, heard: Heard, findings: Iterable[Finding], asked: str | None = None
    ) -> Move:
        """Return what the person does, by a head of somebody else's."""
        move = head.classify(heard, self._labels["move"], self._labels["topic"], self.own)
        return decide_move(move, heard.text, list(findings), asked)

    def read(self, text: str, asked: str | None = None) -> Reading:
        """Return the meaning of `text`, said in answer to the question `asked`."""
        heard = self.hear(text, asked)
        findings, evidence = self.findings(heard, asked)
        return Reading(
            text=text,
            move=self.move(heard, findings, asked),
            findings=tuple(findings),
            sightings=tuple(self.sightings(heard)),
            evidence=tuple(evidence),
        )


def signs_alone(knowledge: Knowledge, flags: list[str]) -> dict[str, list[int]]:
    """Return the signs that raise red flags by themselves, with the flags' places in the screen."""
    alone: dict[str, list[int]] = {}
    for place, name in enumerate(flags):
        flag = knowledge.red_flags[name]
        for signs in (*flag.signs, *flag.unclear):
            if len(signs) == 1 and signs[0].startswith("sign."):
                alone.setdefault(signs[0], []).append(place)
    return alone


def weights_of(encoder: Encoder) -> Weights:
    """Return how far the readers are trusted: the encoder's card says."""
    held = {k: v for k, v in encoder.card.get("weights", {}).items() if k in Weights.__dataclass_fields__}
    return Weights(**held)


def thresholds_of(encoder: Encoder, knowledge: Knowledge) -> dict[str, Thresholds]:
    """Return each flag's thresholds: the encoder's card has one pair for each urgency."""
    levels = encoder.card.get("thresholds", {})
    default = {"check": 0.4, "alarm": 0.5}
    return {
        name: Thresholds(**levels.get(flag.urgency.name.lower(), default))
        for name, flag in knowledge.red_flags.items()
    }


def decide_move(move: Move, text: str, findings: list[Finding], asked: str | None) -> Move:
    """Weigh the classifier's move against what was told and what was asked."""
    lower = text.lower()
    telling = [f for f in findings if f.family != "sign"]
    told = [f for f in findings if f.assertion in MEANT]
    # A safety check is answered like a question, though none of the interview's stands open.
    if len(lower.split()) <= (4 if asked else 5) and (asked or not telling):
        for name, says in (("dont_know", says_dont_know), ("deny", says_no), ("affirm", says_yes)):
            if says(lower) and move.name not in ("ask", "stop", "start_over"):
                return Move(name, None, max(move.confidence, 0.9), move.ranking)
    # Words that answer the open question are an answer, whatever else they sound like.
    if move.name in MISTAKEN and any(f.family == asked for f in told) and not _OTHERWISE.search(lower):
        return Move("tell", None, move.confidence, move.ranking)
    # What was told must not be lost behind an answer: without a question in it, a story is a story.
    if move.name == "ask" and told and not _QUESTION.search(lower):
        return Move("tell", None, move.confidence, move.ranking)
    strange = move.name == "out_of_scope" and not asked and len(telling) < 2 and move.confidence >= 0.8
    if telling and move.name not in NOT_TELLING and not strange:
        return Move("tell", None, max(move.confidence, 0.5), move.ranking)
    if move.confidence < UNSURE and not telling:
        return Move("out_of_scope", None, move.confidence, move.ranking)
    return move


def _consistent(findings: Iterable[Finding]) -> list[Finding]:
    """Settle what excludes itself: "never" and "now", or left, right and both."""
    kept = list(findings)
    present = {f.concept for f in kept if f.assertion in MEANT}
    if "back_pain.current" in present:
        kept = [f for f in kept if not (f.concept == "back_pain.never" and f.assertion in MEANT)]
    if "radiates_down_leg.yes" in present and "radiates_down_leg.no" in present:
        kept = [f for f in kept if f.concept != "radiates_down_leg.no"]
    return kept
