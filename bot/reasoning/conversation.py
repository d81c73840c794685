"""The conversation so far, read from Rasa's event log (as dictionaries), and the story it tells."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from bot.knowledge.concepts import Assertion, Finding, Question, alternatives

# Of these a person has one at a time: the last word counts.
EXCLUSIVE = {"side", "back_pain", "radiates_down_leg", "onset_order", "duration"}
COUNTED = (Assertion.PRESENT, Assertion.POSSIBLE)
# A slot of this name holds what earlier turns told, folded; see fold().
EARLIER = "earlier"
# The question to somebody who comes back: does what they told before still count?
RETURN = "return"
# A safety check still waits for its reply after these.
HOLDS_CHECK = ("ask", "why_asking", "repeat_rephrase", "summary_please")
ASKS_AGAIN = ("why_asking", "repeat_rephrase", "back_to_question")
# These say where and since when: "sorry, the right foot" takes no alarm back.
DETAILS = {"side", "duration", "timing", "onset_order"}
# After a stop nothing is asked until the person does one of these; after a pause a yes will do.
GOES_ON = ("tell", "correction", "back_to_question", "start_over")


@dataclass(frozen=True)
class Turn:
    """One message of the person, as it was understood."""

    text: str
    move: str
    topic: str | None = None
    findings: tuple[Finding, ...] = ()
    sightings: tuple[tuple[str, bool], ...] = ()
    asked: str | None = None
    """The question that stood open when it was said."""
    after_check: str | None = None
    """The red flag that was asked about just before."""
    after_alarm: str | None = None
    """The red flag whose advice was given just before."""
    severity: str | None = None
    doubts: tuple[tuple[str, bool], ...] = ()
    """Red flags that its findings raise by themselves and the screen doubts; whether it hears them at all."""


@dataclass(frozen=True)
class Conversation:
    """What was said since the story began, oldest first."""

    turns: tuple[Turn, ...] = ()
    asked: tuple[str, ...] = ()
    """The questions that were put, in order, repeats included, but not those that the person wished for."""
    alarms: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    corrected: frozenset[str] = frozenset()
    """Red flags whose alarm was taken back by a correction."""
    cards: tuple[str, ...] = ()
    introduced: bool = False
    open_question: str | None = None
    open_check: str | None = None
    """The red flag whose safety check still waits for its reply."""
    waits: str | None = None
    """Why we ask nothing until the person wants to go on: a "stop" of theirs, or a "pause" of ours."""
    returning: bool = False
    """Whether an earlier session holds a story, and the person was not asked yet if it counts."""
    rejoined: int = 0
    """How many turns of an earlier session the latest message took up again."""


@dataclass
class _Reading:
    turns: list[Turn] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    corrected: set[str] = field(default_factory=set)
    cards: list[str] = field(default_factory=list)
    introduced: bool = False
    open_question: str | None = None
    open_check: str | None = None
    open_alarm: str | None = None
    waits: str | None = None
    earlier: _Reading | None = None
    """The session before, whose story counts only once the person says so."""
    return_asked: bool = False
    rejoined: int = 0

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in a message of the person."""
        turn = _turn(event, self)
        if turn.move == "correction" and self.alarms and self._takes_alarm_back(turn):
            self.corrected.add(self.alarms[-1])
        self.rejoined = 0
        if turn.move == "affirm" and turn.asked == RETURN and self.earlier:
            self._rejoin(self.earlier)
        self.turns.append(turn)
        self.open_alarm = None
        if turn.move not in HOLDS_CHECK:
            self.open_check = None
        if turn.move == "stop":
            self.waits = "stop"
        elif turn.move in GOES_ON or (turn.move == "affirm" and self.waits == "pause"):
            self.waits = None

    def _takes_alarm_back(self, turn: Turn) -> bool:
        """Whether a correction is of the latest alarm, and not of something else told since.

        Later on only the alarm's own button, or a sign that is denied, takes it back.
        """
        if turn.findings and all(f.family in DETAILS for f in turn.findings):
            return False
        denies_sign = any(f.family == "sign" and f.assertion is Assertion.ABSENT for f in turn.findings)
        return self.open_alarm is not None or denies_sign or turn.text.startswith("/")

    def set(self, name: str, value: Any) -> None:
        """Take in what the assistant noted about its own words."""
        if name == "asked":
            self._ask(value)
        elif name == "alarm" and value:
            self.alarms.append(value)
            self.corrected.discard(value)
            self.open_alarm = value
        elif name == "check" and value:
            self.checks.append(value)
            self.open_check = value

    def show(self, event: Mapping[str, Any]) -> None:
        """Take in a message of the assistant."""
        custom = (event.get("data") or {}).get("custom") or {}
        self.cards += [custom["card"]] if custom.get("card") else []
        self.introduced = self.introduced or custom.get("id") == "welcome"
        if custom.get("id") == "pause":
            self.waits = "pause"

    def _ask(self, question: str | None) -> None:
        gone_back = bool(self.turns) and self.turns[-1].move == "back_to_question"
        if gone_back and question != self.open_question:
            # Who goes back to a question takes the answer to it back, too.
            self.turns = [_taken_back(turn, question) for turn in self.turns]
        self.open_question, self.open_check = question, None
        if question == RETURN:
            self.return_asked = True
        elif question and not (self._wanted() and question in self.asked):
            self.asked.append(question)

    def _wanted(self) -> bool:
        """Whether the person wished to have a question once more; that is no nagging."""
        return bool(self.turns) and self.turns[-1].move in ASKS_AGAIN

    def _rejoin(self, earlier: _Reading) -> None:
        self.rejoined = len(earlier.turns)
        for name in ("turns", "asked", "alarms", "checks", "cards"):
            setattr(self, name, getattr(earlier, name) + getattr(self, name))
        self.corrected |= earlier.corrected
        self.introduced = self.introduced or earlier.introduced
        self.earlier = None


def read_conversation(events: Iterable[Mapping[str, Any]]) -> Conversation:
    """Return the conversation that the events tell, from the last fresh start on."""
    now = _read(events)
    return Conversation(
        tuple(now.turns),
        tuple(now.asked),
        tuple(now.alarms),
        tuple(now.checks),
        frozenset(now.corrected),
        tuple(now.cards),
        introduced=now.introduced,
        open_question=now.open_question,
        open_check=now.open_check,
        waits=now.waits,
        returning=now.earlier is not None and not now.return_asked,
        rejoined=now.rejoined,
    )


def _read(events: Iterable[Mapping[str, Any]]) -> _Reading:
    now = _Reading()
    for event in events:
        kind, name = event.get("event"), str(event.get("name"))
        if kind == "session_started":
            told = any(turn.findings for turn in now.turns)
            now = _Reading(earlier=replace(now, earlier=None) if told else now.earlier)
        elif kind == "restart":
            now = _Reading(introduced=now.introduced)
        elif kind == "slot" and name == "chapter":
            # "Start over: both my heels hurt" begins the new story.
            begun = [
                replace(turn, asked=None, after_check=None, after_alarm=None)
                for turn in now.turns[-1:]
                if turn.move == "start_over"
            ]
            now = _Reading(introduced=now.introduced, turns=begun)
        elif kind == "slot" and name == EARLIER and event.get("value"):
            now = _unfold(event["value"])
        elif kind == "user":
            now.hear(event)
        elif kind == "slot":
            now.set(name, event.get("value"))
        elif kind == "bot":
            now.show(event)
    return now


def fold(events: Iterable[Mapping[str, Any]]) -> str:
    """Return what the events tell as one text, which the slot "earlier" may carry in their place."""
    return json.dumps(_read(events), default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return (
        sorted(value) if isinstance(value, set) else {f.name: getattr(value, f.name) for f in fields(value)}
    )


def _unfold(folded: str) -> _Reading:
    # What is held is shared, so its lists must not grow.
    twin = copy.copy(_unfolded(folded))
    for name, value in vars(twin).items():
        if isinstance(value, (list, set)):
            setattr(twin, name, value.copy())
    return twin


@lru_cache(maxsize=64)
def _unfolded(folded: str) -> _Reading:
    return _reading(json.loads(folded))


def _reading(held: dict[str, Any]) -> _Reading:
    turns = [
        Turn(
            **{
                **turn,
                "findings": tuple(
                    Finding(**{**f, "assertion": Assertion(f["assertion"])}) for f in turn["findings"]
                ),
                "sightings": tuple((flag, certain) for flag, certain in turn["sightings"]),
                "doubts": tuple((flag, heard) for flag, heard in turn["doubts"]),
            }
        )
        for turn in held["turns"]
    ]
    earlier = _reading(held["earlier"]) if held["earlier"] else None
    return _Reading(**{**held, "turns": turns, "corrected": set(held["corrected"]), "earlier": earlier})


def _taken_back(turn: Turn, question: str | None) -> Turn:
    """Return a turn without its answer to the question."""
    if turn.asked != question:
        return turn
    return replace(turn, asked=None, findings=tuple(f for f in turn.findings if f.family != question))


def _turn(event: Mapping[str, Any], now: _Reading) -> Turn:
    parsed = event.get("parse_data") or {}
    entities = parsed.get("entities") or []
    values = {e.get("entity"): e.get("value") for e in entities}
    topic = values.get("topic")
    return Turn(
        text=event.get("text") or "",
        move=(parsed.get("intent") or {}).get("name") or "out_of_scope",
        topic=topic,
        # "What is sciatica?" does not tell that one has it.
        findings=tuple(f for f in _findings(entities) if f.value != topic),
        sightings=tuple(
            (e["value"], bool(e.get("certain"))) for e in entities if e.get("entity") == "red_flag"
        ),
        asked=now.open_question,
        after_check=now.open_check,
        after_alarm=now.open_alarm,
        severity=values.get("severity"),
        doubts=tuple((e["value"], bool(e.get("heard"))) for e in entities if e.get("entity") == "doubt"),
    )


def _findings(entities: Iterable[Mapping[str, Any]]) -> Iterable[Finding]:
    for entity in entities:
        if entity.get("entity") != "finding":
            continue
        for value in str(entity.get("value")).split(","):
            denied = value.startswith("no ")
            yield Finding(
                value.removeprefix("no ").strip(),
                Assertion.ABSENT if denied else Assertion(entity.get("assertion") or "present"),
                entity.get("side"),
                entity.get("words") or "",
            )


def story_of(
    turns: Iterable[Turn],
    questions: Mapping[str, Question],
    before: Mapping[str, Finding] = MappingProxyType({}),
) -> dict[str, Finding]:
    """Return the findings of the turns by concept; what was said later counts. `before` them was that story."""
    story = dict(before)
    for turn in turns:
        for finding in told_in(turn, questions):
            if finding.family in EXCLUSIVE and finding.assertion in COUNTED:
                for other in [c for c, held in story.items() if held.family == finding.family]:
                    del story[other]
            held = story.get(finding.concept)
            # A fear or a relative's illness said later does not undo what the person has; a correction does.
            if (
                held
                and turn.move != "correction"
                and held.assertion in COUNTED
                and finding.assertion
                in (
                    Assertion.FAMILY,
                    Assertion.HYPOTHETICAL,
                )
            ):
                continue
            story[finding.concept] = finding
    return story


def told_in(turn: Turn, questions: Mapping[str, Question]) -> Iterable[Finding]:
    """Yield a turn's findings; a bare yes or no tells what the open question makes of it."""
    yield from turn.findings
    question = questions.get(turn.asked or "")
    if question and not turn.after_check and not any(f.family != "sign" for f in turn.findings):
        tells = {"affirm": question.yes, "deny": question.no}.get(turn.move, ())
        for tell in tells:
            denied = tell.startswith("no ")
            yield Finding(tell.removeprefix("no "), Assertion.ABSENT if denied else Assertion.PRESENT)


@cache
def _parts(condition: str) -> tuple[tuple[str, bool], ...]:
    """Return the concepts of a condition's alternatives, and whether each must be denied."""
    return tuple((part.removeprefix("no "), part.startswith("no ")) for part in alternatives(condition))


def holds(condition: str, story: Mapping[str, Finding]) -> bool:
    """Whether a condition such as "a.b | c.d" or "no a.b" holds in the story."""
    for concept, denied in _parts(condition):
        finding = story.get(concept)
        if finding is not None and (
            finding.assertion is Assertion.ABSENT if denied else finding.assertion in COUNTED
        ):
            return True
    return False


def all_hold(conditions: Iterable[str], story: Mapping[str, Finding]) -> bool:
    """Whether every condition holds in the story."""
    for condition in conditions:  # noqa: SIM110  asked a thousand times a turn, and all() takes twice as long
        if not holds(condition, story):
            return False
    return True
