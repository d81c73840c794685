"""Understand one message: what was told, what the person does, and which red flags are in sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.knowledge.concepts import Assertion, Finding, Knowledge
from bot.nlp.answers import answer_findings, says_dont_know, says_no, says_yes
from bot.nlp.encoder import Encoder
from bot.nlp.findings import Evidence, FindingsReader
from bot.nlp.hearing import Heard, hear
from bot.nlp.moves import Move, MoveHead
from bot.nlp.screen import Sighting, Thresholds, screen

# From which probability on the encoder adds a finding that no term names; lower for the family asked for.
TOLD = 0.6
TOLD_IF_ASKED = 0.4
# Below this the encoder is sure that a term was meant otherwise.
NOT_MEANT = 0.03
# Below this no move is taken for granted.
UNSURE = 0.35
SURELY_ASKED = 0.75
# Moves that stay what they are, whatever is told beside them.
NOT_TELLING = {"ask", "correction", "stop", "start_over", "delete_my_data", "affirm", "deny"}
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
        self._thresholds = thresholds_of(encoder, knowledge)

    def hear(self, text: str, asked: str | None = None) -> Heard:
        """Return the encoder's view of a message."""
        return hear(self._encoder, self._reader.mend(text) or ".", asked)

    def findings(self, heard: Heard, asked: str | None = None) -> tuple[list[Finding], list[Evidence]]:
        """Return what is told: terms first, the encoder beside them, the question for short replies."""
        evidence = self._reader.read(heard.text)
        named = [e.finding for e in evidence if not self._otherwise_meant(e.finding, heard)]
        found = {finding.concept: finding for finding in named}
        families = {finding.family for finding in named}
        question = self._knowledge.questions.get(asked or "")
        if question is not None:
            for finding in answer_findings(question, heard.text):
                if not (finding.family in families and finding.assertion is Assertion.ABSENT):
                    found.setdefault(finding.concept, finding)
        for finding in self._by_encoder(heard, asked):
            found.setdefault(finding.concept, finding)
        return _consistent(found.values()), evidence

    def sightings(self, heard: Heard) -> list[Sighting]:
        """Return the red flags that the trained screen sees in the message."""
        return screen(heard, self._labels["fires"], self._thresholds)

    def move(self, heard: Heard, findings: Iterable[Finding], asked: str | None = None) -> Move:
        """Return what the person does; what they told decides where the words alone do not."""
        if self._head is None:
            raise RuntimeError("No trained move head. Run: make train")
        return decide_move(self._head.classify(heard.vector), heard.text, list(findings), asked)

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

    def _otherwise_meant(self, finding: Finding, heard: Heard) -> bool:
        if finding.concept not in self._labels["told"] or finding.family in ("side", "duration"):
            return False
        place = self._labels["told"].index(finding.concept)
        head = heard.told if finding.assertion in MEANT else heard.denied
        return finding.assertion in MEANT and float(head[place]) < NOT_MEANT

    def _by_encoder(self, heard: Heard, asked: str | None) -> Iterable[Finding]:
        for place, concept in enumerate(self._labels["told"]):
            limit = TOLD_IF_ASKED if asked and concept.startswith(f"{asked}.") else TOLD
            if heard.told[place] >= max(limit, heard.denied[place]):
                yield Finding(concept, Assertion.PRESENT, words=heard.text)
            elif heard.denied[place] >= limit:
                yield Finding(concept, Assertion.ABSENT, words=heard.text)


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
    told = [f for f in telling if f.assertion in MEANT]
    if asked and len(lower.split()) <= 4:
        for name, says in (("dont_know", says_dont_know), ("deny", says_no), ("affirm", says_yes)):
            if says(lower) and move.name not in ("ask", "stop", "start_over"):
                return Move(name, None, max(move.confidence, 0.9), move.ranking)
    # A story that is half a question is a story: what was told must not be lost behind an answer.
    if move.name == "ask" and len(told) >= 2 and move.confidence < SURELY_ASKED and "?" not in lower:
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
