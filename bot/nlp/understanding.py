"""Understand one message: what was told, what the person does, and which red flags are in sight."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.knowledge.concepts import Assertion, Finding, Knowledge, alternatives
from bot.nlp.answers import answer_findings, chosen, says_dont_know, says_no, says_no_to_all, says_yes
from bot.nlp.encoder import Array, Encoder
from bot.nlp.findings import Evidence, FindingsReader
from bot.nlp.hearing import Heard, hear
from bot.nlp.moves import Move, MoveHead
from bot.nlp.screen import Doubt, Sighting, screen, thresholds_by_urgency
from bot.nlp.unite import Weights, unite

# A side or a time alone is no story.
ALONE_NO_STORY = {"side", "duration"}
# Of these a message tells one; where a term names it, the encoder adds no other.
EXCLUSIVE = {"side", "duration", "back_pain", "radiates_down_leg", "onset_order"}
# Of these only what the encoder hears loudest; left and right may both be told.
ONE_AT_A_TIME = EXCLUSIVE - {"side"}
# Chosen on held-out lines. From here on the classifier's word stands against what else speaks for a move;
SURE = 0.7
# what is strange stays strange, though our words stand in it;
STRANGE = 0.8
# this share of the likeliest move's odds makes a message out of scope;
SUSPICION = 0.25
# and below this nothing was understood.
LOST = 0.15
# Who wishes one of these is not put off, however strange the words.
WISHES = {"stop", "start_over", "delete_my_data"}
# Moves that stay what they are, whatever is told beside them.
NOT_TELLING = {"ask", "correction", "stop", "start_over", "delete_my_data", "affirm", "deny"}
# Flags that are all about a feeling, and from which odds on it is told.
FEELINGS = {
    "stable_numbness": ("sensation.numbness", "sensation.tingling"),
    "neuropathy": ("sensation.numbness", "sensation.tingling", "sensation.burning"),
}
FELT = 0.2
# What may be a sign of a red flag, though it is told in plain words.
NOT_PLAIN = {"sign", "risk", "sensation.numbness", "sensation.weakness", "sensation.cold", "timing.night"}
# Words that tell nothing; no denial is among them, and nothing that one can fail to do.
EMPTY_WORDS = frozenset(
    re.findall(
        r"\S+",
        "a an the my me i it its it's is are was am be been has have had i've i'm this that these and or but so "
        "as at in on of to for from with when while if also too now just only mostly mainly mine s m ve got "
        "bit little lot quite rather really very hi hello please since ever about around roughly",
    )
)
# And these, which add nothing to what is told in terms.
LITTLE_WORDS = EMPTY_WORDS | frozenset(
    re.findall(
        r"\S+",
        "get hurt hurts hurting pain pains painful ache aches aching sore foot feet leg legs back lower upper",
    )
)
EARLIER = ("back_pain.past", "back_pain.never")
# How much the encoder's own heads for moves and topics count beside the light one.
OWN = 0.5
# From these odds on the encoder decides alone, unless it hears a question or something strange:
# on held-out lines the light head changes next to nothing then, and its vector costs a second pass.
DECIDED = 0.9
# Below these odds the screen does not hear a red flag at all: what raises it was meant otherwise.
UNHEARD = 0.15
# Below these odds the screen doubts a red flag that terms raise: it is asked about.
DOUBTED = 0.5
# Where terms find but a vague sign in the message, from here on the screen may still alarm.
PLAIN_ENOUGH = 0.9
SHORT_REPLIES = {"affirm", "deny", "dont_know", "tell"}
UNMISTAKEN = {"ask", "stop", "start_over"}
# What an answer to the open question is now and then taken for, and words that show it is no answer.
MISTAKEN = {"ask", "correction", "start_over", "stop", "back_to_question", "out_of_scope", "greet"}
_OTHERWISE = re.compile(
    r"\?|^\W*(?:what|why|how|who|which|is|are|can|could|should|do|does|tell|explain|"
    r"sorry|actually|wait|no wait|correction)\b|\bi mean|\bmistake|\bwrong\b"
)
# Who says so first wants it, whatever story comes after it; unless the classifier has no thought of it.
_STARTS_OVER = re.compile(
    r"^\W*(?:(?:ok|okay|right|so|please|sorry|no|wait|let'?s|let us|can we|i want to|i'd like to)[\s,]+)*"
    r"(?:start|begin) (?:over|again|afresh|from the (?:beginning|start))\b"
)
THOUGHT_OF = 0.1
# Who asks how to have it done does not ask for it to be done.
_HOW = re.compile(
    r"^\W*(?:(?:ok|okay|so|and|but|please|hi|hello)\W+)*how (?:can|could|do|does|would|should|to)\b"
)
# "Left, no sorry, the right": the side that somebody puts right in the same breath.
_PUT_RIGHT = re.compile(
    r"\b(?:mean|meant|sorry|actually|hang on|wait|correction|tell a lie|should (?:be|say))\b[\s,:;.-]*"
    r"(?:(?:i|it|it's|its|is|was|the|my|on|to|say|be|mean|meant)\s+)*(?P<side>left|right|both)\b"
    r"(?!\s+(?:now|away|so|then|after|before|through|when|where)\b)"
)
# Two answers, and not two feet.
_BIT_OF_BOTH = re.compile(r"\bbit of both\b")
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
    doubts: tuple[Doubt, ...] = ()
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
        self._rules = list(rules_of(knowledge, encoder.labels["fires"]))
        self.weights = weights_of(encoder)
        self._flags = [knowledge.red_flags[name] for name in encoder.labels["fires"]]
        self._thresholds = thresholds_by_urgency(encoder.card.get("thresholds", {}))

    def hear(self, text: str, asked: str | None = None) -> Heard:
        """Return the encoder's view of a message, in the light of the interview's open question.

        A safety check is no such question: no training line answers one.
        """
        return hear(self._encoder, self._mended(text), asked if asked in self._knowledge.questions else None)

    def vector(self, text: str) -> Array:
        """Return the vector (384,) of a message as the light head for moves sees it."""
        return self._encoder.vector(self._mended(text))

    def _mended(self, text: str) -> str:
        return self._reader.mend(text) or "."

    def findings(self, heard: Heard, asked: str | None = None) -> tuple[list[Finding], list[Evidence]]:
        """Return what is told: terms and encoder united, and the question for short replies."""
        evidence = self._reader.read(heard.told)
        question = self._knowledge.questions.get(asked or "")
        # "Both", of what came first, says nothing of left and right.
        if question is not None and (choice := chosen(question, heard.text)):
            return choice, evidence
        found: dict[str, Finding] = {}
        for finding in (e.finding for e in evidence):
            assertion = self._meant(finding, heard, asked)
            if assertion is not None:
                found[finding.concept] = replace(finding, assertion=assertion)
        for concept in self._likely(heard, asked, evidence):
            if concept not in found and (told := self._paraphrased(concept, heard, asked, evidence)):
                found[concept] = told
        _settle_sides(found, heard.text)
        if question is not None:
            families = {finding.family for finding in found.values()}
            for finding in answer_findings(question, heard.text):
                if finding.family not in families:
                    found.setdefault(finding.concept, finding)
        for sign, (fires, certain) in self._loudest(found, heard).items():
            if fires < UNHEARD:
                del found[sign]
            elif certain < DOUBTED:
                found[sign] = replace(found[sign], assertion=Assertion.POSSIBLE)
        return _consistent(found.values()), evidence

    def _likely(self, heard: Heard, asked: str | None, evidence: list[Evidence]) -> Iterator[str]:
        """Yield the concepts that the encoder hears loudly enough to name them without a term."""
        # "Not sure" leaves the question open: the encoder must not hear a no in it.
        if len(heard.text.split()) <= 4 and says_dont_know(heard.text.lower()):
            return
        explained = explains_all(heard.told, evidence, EMPTY_WORDS)
        loud = heard.named >= min(self.weights.alone, self.weights.asked)
        places = sorted(loud.nonzero()[0], key=lambda place: -heard.named[place])
        families: set[str] = set()
        for concept in (self._labels["named"][place] for place in places):
            family = concept.partition(".")[0]
            # "About ten weeks" tells of time, and of no child.
            if (family in ONE_AT_A_TIME and family in families) or (explained and family != asked):
                continue
            families.add(family)
            yield concept

    def doubts(self, heard: Heard, findings: Iterable[Finding]) -> list[Doubt]:
        """Return the red flags that this message's findings raise by themselves, and the screen doubts."""
        told = {finding.concept for finding in findings if finding.assertion in MEANT}
        return [
            Doubt(self._flags[place].id, bool(heard.fires[place] >= UNHEARD))
            for place in sorted({rule.place for rule in self._raised(told)})
            if heard.certain[place] < DOUBTED
        ]

    def _loudest(self, found: Mapping[str, Finding], heard: Heard) -> dict[str, tuple[float, float]]:
        """Return how loudly the screen hears the red flags of each sign told, where this message raises them.

        Two odds: that a flag is there, and that it is certain.
        """
        told = {concept for concept, finding in found.items() if finding.assertion in MEANT}
        loudest: dict[str, tuple[float, float]] = {}
        for rule in self._raised(told):
            for sign in told & frozenset().union(*rule.conditions):
                fires, certain = loudest.get(sign, (0.0, 0.0))
                loudest[sign] = (
                    max(fires, float(heard.fires[rule.place])),
                    max(certain, float(heard.certain[rule.place])),
                )
        return {sign: odds for sign, odds in loudest.items() if sign.startswith("sign.")}

    def _raised(self, told: set[str]) -> Iterator[Rule]:
        """Yield the rules that what was told fulfils."""
        for rule in self._rules:
            # Most rules fail at once; this is asked of each of them for every message.
            if told.isdisjoint(rule.conditions[0]):
                continue
            if all(told & either for either in rule.conditions):
                yield rule

    def _meant(self, finding: Finding, heard: Heard, asked: str | None) -> Assertion | None:
        if finding.concept not in self._places:
            return finding.assertion
        return self._united(finding.assertion, finding.concept, heard, asked)

    def _paraphrased(
        self, concept: str, heard: Heard, asked: str | None, evidence: list[Evidence]
    ) -> Finding | None:
        family = concept.partition(".")[0]
        for named in (e.finding for e in evidence):
            if named.concept == concept or (named.family == family and family in EXCLUSIVE):
                return None
        # Who tells something else has not answered the question, unless the words alone say so too.
        elsewhere = family == asked and evidence and all(e.finding.family != asked for e in evidence)
        if elsewhere and float(heard.plain[self._places[concept]]) < self.weights.alone:
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

    def sightings(
        self, heard: Heard, evidence: Iterable[Evidence] = (), findings: Iterable[Finding] = ()
    ) -> list[Sighting]:
        """Return the red flags that the trained screen sees in the message, unless all in it is plain.

        Where the findings show a flag but vaguely ("a weak bladder"), only what is very sure is certain.
        """
        if says_plainly(heard.told, evidence):
            return []
        vague = self._vaguely_told(list(findings), heard)
        return [
            replace(sighting, certain=sighting.certain and sighting.red_flag not in vague)
            for sighting in screen(heard.fires, heard.certain, self._flags, self._thresholds)
            if self._felt(sighting.red_flag, heard)
        ]

    def _vaguely_told(self, findings: list[Finding], heard: Heard) -> set[str]:
        """Return the red flags that the findings show for no certain, and the screen not beyond doubt."""
        told = {f.concept for f in findings if f.assertion in MEANT}
        plainly = {f.concept for f in findings if f.assertion is Assertion.PRESENT}
        clear = {rule.place for rule in self._raised(plainly) if rule.clear}
        places = {rule.place for rule in self._raised(told)} - clear
        return {self._flags[place].id for place in places if heard.certain[place] < PLAIN_ENOUGH}

    def _felt(self, red_flag: str, heard: Heard) -> bool:
        """Whether the feeling that a flag is all about is told: "the right foot" alone is not numb."""
        feelings = FEELINGS.get(red_flag)
        return feelings is None or max(float(heard.named[self._places[f]]) for f in feelings) >= FELT

    def move(self, heard: Heard, findings: Iterable[Finding], asked: str | None = None) -> Move:
        """Return what the person does; what they told decides where the words alone do not."""
        if self._head is None:
            raise RuntimeError("No trained move head. Run: make train")
        return self.move_by(self._head, heard, findings, asked)

    def move_by(
        self, head: MoveHead, heard: Heard, findings: Iterable[Finding], asked: str | None = None
    ) -> Move:
        """Return what the person does, by a head of somebody else's."""
        place = int(heard.move.argmax())
        open_to_doubt = self._labels["move"][place] in ("ask", "out_of_scope") or heard.move[place] < DECIDED
        vector = self._encoder.vector(heard.text) if open_to_doubt else None
        move = head.classify(vector, heard, self._labels["move"], self._labels["topic"], OWN)
        return decide_move(move, heard.text, list(findings), asked)

    def read(self, text: str, asked: str | None = None) -> Reading:
        """Return the meaning of `text`, said in answer to the question `asked`."""
        heard = self.hear(text, asked)
        findings, evidence = self.findings(heard, asked)
        return Reading(
            text=text,
            move=self.move(heard, findings, asked),
            findings=tuple(findings),
            sightings=tuple(self.sightings(heard, evidence, findings)),
            doubts=tuple(self.doubts(heard, findings)),
            evidence=tuple(evidence),
        )


def says_plainly(text: str, evidence: Iterable[Evidence]) -> bool:
    """Whether terms explain every word that means something, and none of them may be a sign.

    "My heel hurts and my back hurts" has nothing roundabout in it for the screen to hear.
    """
    told = list(evidence)
    if any(e.finding.family in NOT_PLAIN or e.finding.concept in NOT_PLAIN for e in told):
        return False
    return explains_all(text, told, LITTLE_WORDS)


def explains_all(text: str, evidence: Iterable[Evidence], beside: frozenset[str]) -> bool:
    """Whether terms explain every word of `text` but those that may stand beside them."""
    rest = list(text.lower())
    for e in evidence:
        rest[e.start : e.start + len(e.term)] = " " * len(e.term)
    return all(word in beside for word in re.findall(r"[^\W\d_]+", "".join(rest)))


@dataclass(frozen=True)
class Rule:
    """What raises a red flag: its place in the screen, and the conditions, each "either of these".

    A clear rule raises an alarm, any other a question.
    """

    place: int
    conditions: list[frozenset[str]]
    clear: bool


def rules_of(knowledge: Knowledge, flags: list[str]) -> Iterator[Rule]:
    """Yield what raises the red flags, which are named in the screen's order."""
    for place, name in enumerate(flags):
        flag = knowledge.red_flags[name]
        for number, conditions in enumerate((*flag.signs, *flag.unclear)):
            either = [frozenset(alternatives(condition)) for condition in conditions]
            needed = [parts for parts in either if not any(part.startswith("no ") for part in parts)]
            yield Rule(place, needed, clear=number < len(flag.signs))


def weights_of(encoder: Encoder) -> Weights:
    """Return how far the readers are trusted: the encoder's card says."""
    held = {k: v for k, v in encoder.card.get("weights", {}).items() if k in Weights.__dataclass_fields__}
    return Weights(**held)


def decide_move(move: Move, text: str, findings: list[Finding], asked: str | None) -> Move:
    """Weigh the classifier's move against what was told and what was asked."""
    lower = text.lower()
    # What is only feared or asked about is not told.
    telling = [f for f in findings if f.family != "sign" and f.assertion is not Assertion.HYPOTHETICAL]
    told = [f for f in findings if f.assertion in MEANT]
    solid = [f for f in telling if f.family not in ALONE_NO_STORY]
    unsure = move.confidence < SURE
    # A safety check is answered like a question, though none of the interview's stands open.
    if asked and not findings and move.name in SHORT_REPLIES and says_no_to_all(lower):
        return replace(move, name="deny", topic=None, confidence=max(move.confidence, 0.9))
    if len(lower.split()) <= (4 if asked else 5) and (asked or not telling):
        for name, says in (("dont_know", says_dont_know), ("deny", says_no), ("affirm", says_yes)):
            if says(lower) and (move.name in SHORT_REPLIES or unsure) and move.name not in UNMISTAKEN:
                return replace(move, name=name, topic=None, confidence=max(move.confidence, 0.9))
    if _STARTS_OVER.match(lower) and dict(move.ranking).get("start_over", 0.0) >= THOUGHT_OF:
        return replace(move, name="start_over", topic=None)
    if move.name == "delete_my_data" and _HOW.match(lower):
        return replace(move, name="ask", topic="privacy_data")
    # Words that answer the open question are an answer, whatever else they sound like.
    if move.name in MISTAKEN and any(f.family == asked for f in told) and not _OTHERWISE.search(lower):
        return replace(move, name="tell", topic=None)
    # What was told must not be lost behind an answer: without a question in it, a story is a story.
    if move.name == "ask" and told and unsure and not _QUESTION.search(lower):
        return replace(move, name="tell", topic=None)
    if move.name not in (*NOT_TELLING, "out_of_scope") and solid and unsure:
        return replace(move, name="tell", topic=None, confidence=max(move.confidence, 0.5))
    if move.name == "out_of_scope" and ((asked and telling) or len(solid) > 1) and move.confidence < STRANGE:
        return replace(move, name="tell", topic=None, confidence=max(move.confidence, 0.5))
    strange = dict(move.ranking).get("out_of_scope", 0.0) >= SUSPICION * move.confidence
    enough = 1 if move.name == "tell" else 2
    if (strange and len(solid) < enough and move.name not in WISHES) or (
        move.confidence < LOST and not telling
    ):
        return replace(move, name="out_of_scope", topic=None)
    return move


def _settle_sides(found: dict[str, Finding], text: str) -> None:
    """Let the side that is put right in the same breath count, and "a bit of both" be none."""
    lower = text.lower()
    if _BIT_OF_BOTH.search(lower):
        found.pop("side.both", None)
    put_right = list(_PUT_RIGHT.finditer(lower))
    if not put_right:
        return
    for concept, finding in found.items():
        if finding.family == "side":
            found[concept] = replace(finding, assertion=Assertion.ABSENT)
    meant = "side." + put_right[-1]["side"]
    found[meant] = Finding(meant, words=text)


def _consistent(findings: Iterable[Finding]) -> list[Finding]:
    """Settle what excludes itself: pain now counts before pain once, and left and right are both."""
    kept = list(findings)
    present = {f.concept for f in kept if f.assertion in MEANT}
    if "back_pain.current" in present:
        kept = [f for f in kept if f.concept not in EARLIER or f.assertion not in MEANT]
    if {"side.left", "side.right"} <= present:
        kept = [f for f in kept if f.family != "side" or f.assertion not in MEANT]
        kept.append(Finding("side.both", Assertion.PRESENT))
    if "radiates_down_leg.yes" in present and "radiates_down_leg.no" in present:
        kept = [f for f in kept if f.concept != "radiates_down_leg.no"]
    return kept
