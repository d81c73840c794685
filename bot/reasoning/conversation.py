"""The conversation so far, read from Rasa's event log (as dictionaries), and the story it tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bot.knowledge.concepts import Assertion, Finding, Question

# Of these a person has one at a time: the last word counts.
EXCLUSIVE = {"side", "back_pain", "radiates_down_leg", "onset_order", "duration"}
COUNTED = (Assertion.PRESENT, Assertion.POSSIBLE)
# A slot of this name holds what earlier turns told, folded; see fold().
EARLIER = "earlier"


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
    severity: str | None = None
    goal: str | None = None


@dataclass(frozen=True)
class Conversation:
    """What was said since the story began, oldest first."""

    turns: tuple[Turn, ...] = ()
    asked: tuple[str, ...] = ()
    """The questions that were put, in order, repeats included."""
    alarms: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    corrected: frozenset[str] = frozenset()
    """Red flags whose alarm was taken back by a correction."""
    cards: tuple[str, ...] = ()
    last_texts: tuple[str, ...] = ()
    """The assistant's latest messages, for "say that again"."""


@dataclass
class _Reading:
    turns: list[Turn] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    corrected: set[str] = field(default_factory=set)
    cards: list[str] = field(default_factory=list)
    last_texts: list[str] = field(default_factory=list)
    open_question: str | None = None
    open_check: str | None = None


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
        tuple(now.last_texts),
    )


def fold(events: Iterable[Mapping[str, Any]]) -> str:
    """Return what the events tell as one text, which the slot "earlier" may carry in their place."""
    now = _read(events)
    turns = [{**vars(turn), "findings": [vars(finding) for finding in turn.findings]} for turn in now.turns]
    return json.dumps({**vars(now), "turns": turns, "corrected": sorted(now.corrected)}, ensure_ascii=False)


def _unfold(folded: str) -> _Reading:
    held = _unfolded(folded)
    # What is held is shared, so its lists must not grow.
    return _Reading(
        **{name: value.copy() if value.__hash__ is None else value for name, value in vars(held).items()}
    )


@lru_cache(maxsize=512)
def _unfolded(folded: str) -> _Reading:
    fields = json.loads(folded)
    turns = [
        Turn(
            **{
                **turn,
                "findings": tuple(
                    Finding(**{**f, "assertion": Assertion(f["assertion"])}) for f in turn["findings"]
                ),
                "sightings": tuple((flag, certain) for flag, certain in turn["sightings"]),
            }
        )
        for turn in fields["turns"]
    ]
    return _Reading(**{**fields, "turns": turns, "corrected": set(fields["corrected"])})


def _read(events: Iterable[Mapping[str, Any]]) -> _Reading:
    now = _Reading()
    for event in events:
        kind = event.get("event")
        if kind in ("session_started", "restart") or (kind == "slot" and event.get("name") == "chapter"):
            now = _Reading()
        elif kind == "slot" and event.get("name") == EARLIER and event.get("value"):
            now = _unfold(event["value"])
        elif kind == "user":
            turn = _turn(event, now)
            if turn.move == "correction" and now.alarms:
                now.corrected.add(now.alarms[-1])
            now.turns.append(turn)
            now.last_texts.clear()
            now.open_check = None
        elif kind == "slot" and event.get("name") == "asked":
            now.open_question = event.get("value")
            if now.open_question:
                now.asked.append(now.open_question)
        elif kind == "slot" and event.get("name") == "alarm" and event.get("value"):
            now.alarms.append(event["value"])
            now.corrected.discard(event["value"])
        elif kind == "slot" and event.get("name") == "check" and event.get("value"):
            now.checks.append(event["value"])
            now.open_check = event["value"]
        elif kind == "bot":
            card = ((event.get("data") or {}).get("custom") or {}).get("card")
            now.cards += [card] if card else []
            now.last_texts += [event["text"]] if event.get("text") else []
    return now


def _turn(event: Mapping[str, Any], now: _Reading) -> Turn:
    parsed = event.get("parse_data") or {}
    entities = parsed.get("entities") or []
    values = {e.get("entity"): e.get("value") for e in entities}
    return Turn(
        text=event.get("text") or "",
        move=(parsed.get("intent") or {}).get("name") or "out_of_scope",
        topic=values.get("topic"),
        findings=tuple(_findings(entities)),
        sightings=tuple(
            (e["value"], bool(e.get("certain"))) for e in entities if e.get("entity") == "red_flag"
        ),
        asked=now.open_question,
        after_check=now.open_check,
        severity=values.get("severity"),
        goal=values.get("goal"),
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


def story_of(turns: Iterable[Turn], questions: Mapping[str, Question]) -> dict[str, Finding]:
    """Return the findings of the turns by concept; what was said later counts."""
    story: dict[str, Finding] = {}
    for turn in turns:
        for finding in told_in(turn, questions):
            if finding.family in EXCLUSIVE and finding.assertion in COUNTED:
                for other in [c for c in story if c.startswith(f"{finding.family}.")]:
                    del story[other]
            held = story.get(finding.concept)
            # A fear or a relative's illness said later does not undo what the person has.
            if (
                held
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


def holds(condition: str, story: Mapping[str, Finding]) -> bool:
    """Whether a condition such as "a.b | c.d" or "no a.b" holds in the story."""
    return any(_one_holds(part.strip(), story) for part in condition.split("|"))


def _one_holds(condition: str, story: Mapping[str, Finding]) -> bool:
    if condition.startswith("no "):
        finding = story.get(condition.removeprefix("no "))
        return finding is not None and finding.assertion is Assertion.ABSENT
    finding = story.get(condition)
    return finding is not None and finding.assertion in COUNTED


def all_hold(conditions: Iterable[str], story: Mapping[str, Finding]) -> bool:
    """Whether every condition holds in the story."""
    return all(holds(condition, story) for condition in conditions)
