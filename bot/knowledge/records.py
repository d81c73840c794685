"""Knowledge to table rows, and back again."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Table

from bot.knowledge import tables
from bot.knowledge.concepts import (
    Advice,
    Certainty,
    Concept,
    Condition,
    CrisisLine,
    Cue,
    Family,
    FirstStep,
    Item,
    Knowledge,
    Mechanism,
    Option,
    OtherExplanation,
    Question,
    RedFlag,
    Referral,
    Region,
    Source,
    Specialist,
    Statement,
    Topic,
    Urgency,
)

Row = dict[str, Any]
EXPLAINED = ("statements", "back_care", "foot_care", "limits")
REFERRAL_ITEMS = {
    "specialists": Specialist,
    "first_step": FirstStep,
    "bring": Item,
    "ask": Item,
}


def rows_of(knowledge: Knowledge) -> dict[Table, list[Row]]:
    """Return the rows of every table, parents before children."""
    told, cues = _Statements(), _Cues()
    for name, mechanism in knowledge.mechanisms.items():
        for role in EXPLAINED:
            told.add("mechanism", name, role, getattr(mechanism, role))
        for condition in mechanism.conditions:
            told.add("mechanism", name, "condition", [condition.statement], condition)
        cues.add(name, mechanism)
    for name, other in knowledge.other_explanations.items():
        told.add("other", name, "statements", other.statements)
        cues.add(name, other)
    for name, advice in knowledge.advice.items():
        told.add("advice", name, "advice", [advice.statement])
    for name, topic in knowledge.topics.items():
        told.add("topic", name, "short", topic.short)
        told.add("topic", name, "more", topic.more)
    for name, flag in knowledge.red_flags.items():
        told.add("red_flag", name, "means", [flag.means])
    told.add("referral", "referral", "plan", knowledge.referral.plan)
    told.add("referral", "referral", "closing", knowledge.referral.closing)
    return {
        tables.sources: _entries(tables.sources, knowledge.sources),
        tables.mechanisms: _entries(tables.mechanisms, knowledge.mechanisms),
        tables.other_explanations: _entries(tables.other_explanations, knowledge.other_explanations),
        tables.advice: _entries(tables.advice, knowledge.advice),
        tables.topics: _entries(tables.topics, knowledge.topics),
        tables.red_flags: [
            {**row, "check_question": knowledge.red_flags[row["id"]].check}
            for row in _entries(tables.red_flags, knowledge.red_flags)
        ],
        tables.families: _entries(tables.families, knowledge.families),
        tables.concepts: _entries(tables.concepts, knowledge.concepts),
        tables.questions: _entries(tables.questions, knowledge.questions),
        tables.regions: _entries(tables.regions, knowledge.regions),
        tables.phrases: [
            {"id": name, "position": place, "say": say}
            for place, (name, say) in enumerate(knowledge.phrases.items())
        ],
        tables.referral_items: _referral_rows(knowledge.referral),
        tables.statements: told.rows,
        tables.citations: told.citations,
        tables.cues: cues.rows,
    }


def _entries(table: Table, entries: Mapping[str, Any]) -> list[Row]:
    columns = [column.name for column in table.columns if column.name not in ("id", "position")]
    return [
        {"id": name, "position": place} | {c: _plain(getattr(entry, c)) for c in columns if hasattr(entry, c)}
        for place, (name, entry) in enumerate(entries.items())
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Urgency):
        return value.name.lower()
    if isinstance(value, Certainty):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {k: _plain(v) for k, v in dataclasses.asdict(value).items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _referral_rows(referral: Referral) -> list[Row]:
    return [
        {"id": f"{role}_{place}", "position": place, "role": role, "entry": _plain(entry)}
        for role in REFERRAL_ITEMS
        for place, entry in enumerate(getattr(referral, role))
    ]


class _Statements:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.citations: list[Row] = []

    def add(
        self,
        kind: str,
        subject: str,
        role: str,
        statements: Iterable[Statement],
        condition: Condition | None = None,
    ) -> None:
        for statement in statements:
            number = len(self.rows)
            self.rows.append(
                {
                    "id": number,
                    "subject_kind": kind,
                    "subject": subject,
                    "role": role,
                    "certainty": statement.certainty.value,
                    "say": statement.say,
                    "condition": condition.id if condition else None,
                    "condition_name": condition.name if condition else None,
                }
            )
            self.citations += [
                {"statement_id": number, "position": place, "source_id": source}
                for place, source in enumerate(statement.sources)
            ]


class _Cues:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, subject: str, entry: Mechanism | OtherExplanation) -> None:
        for direction in ("for", "against"):
            for cue in getattr(entry, f"cues_{direction}"):
                self.rows.append(
                    {"id": len(self.rows), "subject": subject, "direction": direction}
                    | {k: _plain(v) for k, v in dataclasses.asdict(cue).items()}
                )


def knowledge_from(connection: Connection, edition: str) -> Knowledge:
    """Return what the tables hold."""
    read = _Reading(connection)
    return Knowledge(
        digest=edition,
        sources={r["id"]: Source(**_without(r, "position")) for r in read.rows(tables.sources)},
        mechanisms={r["id"]: read.mechanism(r) for r in read.rows(tables.mechanisms)},
        other_explanations={r["id"]: read.other(r) for r in read.rows(tables.other_explanations)},
        advice={r["id"]: read.advice(r) for r in read.rows(tables.advice)},
        red_flags={r["id"]: read.red_flag(r) for r in read.rows(tables.red_flags)},
        families={r["id"]: Family(r["id"], r["label"]) for r in read.rows(tables.families)},
        concepts={
            r["id"]: Concept(r["id"], r["label"], tuple(r["terms"])) for r in read.rows(tables.concepts)
        },
        questions={r["id"]: _question(r) for r in read.rows(tables.questions)},
        topics={
            r["id"]: Topic(
                r["id"],
                r["title"],
                read.told("topic", r["id"], "short"),
                read.told("topic", r["id"], "more"),
                tuple(r["see_also"]),
            )
            for r in read.rows(tables.topics)
        },
        regions={r["id"]: _region(r) for r in read.rows(tables.regions)},
        referral=read.referral(),
        phrases={r["id"]: r["say"] for r in read.rows(tables.phrases)},
    )


class _Reading:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        cited: dict[int, list[str]] = defaultdict(list)
        for row in self._select(tables.citations, "statement_id", "position"):
            cited[row["statement_id"]].append(row["source_id"])
        self._told: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in self._select(tables.statements, "id"):
            row["statement"] = Statement(row["say"], Certainty(row["certainty"]), tuple(cited[row["id"]]))
            self._told[row["subject_kind"], row["subject"], row["role"]].append(row)
        self._cues: dict[tuple[str, str], list[Cue]] = defaultdict(list)
        for row in self._select(tables.cues, "id"):
            self._cues[row["subject"], row["direction"]].append(
                Cue(tuple(row["when"]), row["weight"], row["say"], tuple(row["sources"]))
            )

    def _select(self, table: Table, *order: str) -> list[Row]:
        rows = self._connection.execute(select(table).order_by(*(table.c[c] for c in order)))
        return [dict(row) for row in rows.mappings()]

    def rows(self, table: Table) -> list[Row]:
        return self._select(table, "position")

    def told(self, kind: str, subject: str, role: str) -> tuple[Statement, ...]:
        return tuple(row["statement"] for row in self._told[kind, subject, role])

    def mechanism(self, row: Row) -> Mechanism:
        name = row["id"]
        return Mechanism(
            id=name,
            name=row["name"],
            in_short=row["in_short"],
            certainty=Certainty(row["certainty"]),
            conditions=tuple(
                Condition(told["condition"], told["condition_name"], told["statement"])
                for told in self._told["mechanism", name, "condition"]
            ),
            cues_for=tuple(self._cues[name, "for"]),
            cues_against=tuple(self._cues[name, "against"]),
            **{role: self.told("mechanism", name, role) for role in EXPLAINED},
        )

    def other(self, row: Row) -> OtherExplanation:
        name = row["id"]
        return OtherExplanation(
            name,
            row["name"],
            row["in_short"],
            Certainty(row["certainty"]),
            self.told("other", name, "statements"),
            tuple(self._cues[name, "for"]),
            tuple(self._cues[name, "against"]),
        )

    def advice(self, row: Row) -> Advice:
        return Advice(
            row["id"],
            row["target"],
            self.told("advice", row["id"], "advice")[0],
            tuple(row["helps"]),
            tuple(row["not_when"]),
            row["caution"],
            row["avoid"],
        )

    def red_flag(self, row: Row) -> RedFlag:
        return RedFlag(
            id=row["id"],
            urgency=Urgency[row["urgency"].upper()],
            name=row["name"],
            means=self.told("red_flag", row["id"], "means")[0],
            do=tuple(row["do"]),
            check=row["check_question"],
            signs=_nested(row["signs"]),
            unclear=_nested(row["unclear"]),
            sources=tuple(row["sources"]),
            note=row["note"],
        )

    def referral(self) -> Referral:
        items: dict[str, list[Any]] = defaultdict(list)
        for row in self._select(tables.referral_items, "role", "position"):
            entry = {k: tuple(v) if isinstance(v, list) else v for k, v in row["entry"].items()}
            items[row["role"]].append(REFERRAL_ITEMS[row["role"]](**entry))
        return Referral(
            **{role: tuple(items[role]) for role in REFERRAL_ITEMS},
            plan=self.told("referral", "referral", "plan"),
            closing=self.told("referral", "referral", "closing"),
        )


def _question(row: Row) -> Question:
    return Question(
        **{k: row[k] for k in ("id", "ask", "again", "simpler", "why", "card")},
        options=tuple(Option(o["label"], tuple(o["tells"])) for o in row["options"]),
        yes=tuple(row["yes"]),
        no=tuple(row["no"]),
    )


def _region(row: Row) -> Region:
    crisis = tuple(CrisisLine(**line) for line in row["crisis"])
    return Region(**_without(row, "position", "crisis"), crisis=crisis)


def _nested(lists: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(inner) for inner in lists)


def _without(row: Row, *keys: str) -> Row:
    return {k: v for k, v in row.items() if k not in keys}
