"""Read the clinicians' YAML and refuse what we cannot stand behind."""

from __future__ import annotations

import dataclasses
import hashlib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.knowledge.concepts import (
    Advice,
    Certainty,
    Concept,
    Cue,
    Family,
    FirstStep,
    Item,
    Knowledge,
    Mechanism,
    OtherExplanation,
    Question,
    RedFlag,
    Referral,
    Region,
    Source,
    Statement,
    Topic,
    Urgency,
    alternatives,
)
from bot.knowledge.yaml_lines import ContentError, Map, read_yaml

CONTENT = Path(__file__).parent / "content"
# The field of the concept, by the word that a clinician writes.
SPELLED = {"target": "for"}
# A statement's three fields stand beside a condition's or an advice's own.
FLAT = ("say", "certainty", "sources")
OPTIONAL: dict[str, Any] = {
    "caution": None,
    "source": None,
    "avoid": False,
    "note": "",
    "not_when": [],
    "helps": [],
    "see_also": [],
    "more": [],
    "signs": [],
    "unclear": [],
    "yes": [],
    "no": [],
    "options": [],
    "year": None,
    "when": [],
    "crisis": [],
    "cues_against": [],
}


def read_knowledge(folder: Path = CONTENT) -> Knowledge:
    """Return all content below `folder`, checked; raise ContentError at the first fault."""
    return _read(folder, digest(folder))


def digest(folder: Path = CONTENT) -> str:
    """Return a SHA-256 over the content files, in hexadecimal."""
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()


@lru_cache(maxsize=4)
def _read(folder: Path, edition: str) -> Knowledge:
    files = _Files(folder)
    concepts, families = _lexicon(files)
    knowledge = Knowledge(
        digest=edition,
        sources=files.read("sources", Source),
        mechanisms=files.read("mechanisms", Mechanism),
        other_explanations=files.read("other_explanations", OtherExplanation),
        advice=files.read("advice", Advice),
        red_flags=files.read("red_flags", RedFlag),
        families=families,
        concepts=concepts,
        questions=files.read("questions", Question),
        topics=files.read("topics", Topic),
        regions=files.read("regions", Region),
        referral=read_as(Referral, files.single("referral")),
        phrases=dict(files.single("phrases")),
    )
    _check_references(knowledge, files)
    return knowledge


class _Files:
    """The content files, grouped by kind: `topics.yml` and `topics_*.yml` are both topics."""

    def __init__(self, folder: Path) -> None:
        if not any(folder.glob("*.yml")):
            raise ContentError(f"{folder}: no content files here. Point at the folder with *.yml.")
        self._maps = {path.stem: read_yaml(path) for path in sorted(folder.glob("*.yml"))}

    def of(self, kind: str) -> list[Map]:
        return [m for stem, m in self._maps.items() if stem == kind or stem.startswith(f"{kind}_")]

    def single(self, kind: str) -> Map:
        if not self.of(kind):
            raise ContentError(f"{kind}.yml: the file is missing. Put it back among the content.")
        return self.of(kind)[0]

    def read(self, kind: str, concept: type) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for entries in self.of(kind):
            for name, entry in entries.items():
                if name in result:
                    raise ContentError(
                        f"{entries.place(name)}: {kind} '{name}' stands in two files. Keep one."
                    )
                result[name] = read_as(concept, _as_map(entry, entries, name), id=name)
        if not result:
            raise ContentError(f"{kind}.yml: the file is missing or empty. Put it back.")
        return result

    def place(self, kind: str, name: str) -> str:
        for entries in self.of(kind):
            if name in entries:
                return entries.place(name)
        return f"{kind}.yml:1"


def _as_map(entry: Any, parent: Map, name: str) -> Map:
    if not isinstance(entry, Map):
        raise ContentError(f"{parent.place(name)}: '{name}' holds {entry!r}, but needs 'field: value' lines.")
    return entry


def read_as(cls: type, entry: Map, **given: Any) -> Any:
    """Return a `cls` made of the entry's fields, checked against the class's own types."""
    hints = typing.get_type_hints(cls)
    known: set[str] = set()
    values: dict[str, Any] = dict(given)
    for field in dataclasses.fields(cls):
        if field.name in given:
            continue
        if hints[field.name] is Statement and field.name == "statement":
            known.update(FLAT)
            values["statement"] = read_as(Statement, _part(entry, FLAT))
            continue
        key = SPELLED.get(field.name, field.name)
        known.add(key)
        if key not in entry:
            if field.name not in OPTIONAL:
                raise ContentError(
                    f"{entry.place()}: '{key}' is missing for {_what(cls, given)}. Add '{key}: ...'."
                )
            values[field.name] = _typed(hints[field.name], OPTIONAL[field.name], entry, key)
            continue
        values[field.name] = _typed(hints[field.name], entry[key], entry, key)
    for key in entry:
        if key not in known and key not in given:
            raise ContentError(
                f"{entry.place(key)}: '{key}' is not a field of {_what(cls, given)}. {_instead(key, known)}"
            )
    return cls(**values)


def _part(entry: Map, keys: Iterable[str]) -> Map:
    part = Map(entry.file, entry.line)
    for key in keys:
        if key in entry:
            part[key] = entry[key]
            part.lines[key] = entry.lines[key]
    return part


def _what(cls: type, given: Mapping[str, Any]) -> str:
    name = cls.__name__
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return f"{words} '{given['id']}'" if "id" in given else f"a {words}"


def _typed(hint: Any, value: Any, entry: Map, key: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _typed(next(a for a in typing.get_args(hint) if a is not type(None)), value, entry, key)
    if origin is tuple:
        items = value if isinstance(value, list) else [value]
        return tuple(_typed(typing.get_args(hint)[0], item, entry, key) for item in items)
    if hint is Urgency:
        return Urgency[_one_of(value, [u.name.lower() for u in Urgency], entry, key).upper()]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(_one_of(value, [member.value for member in hint], entry, key))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Map):
            raise ContentError(f"{entry.place(key)}: '{key}' holds {value!r}, but needs fields.")
        return read_as(typing.cast(type, hint), value)
    if hint is str:
        value = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(value, str) or (not value.strip() and key != "note"):
            raise ContentError(f"{entry.place(key)}: '{key}' holds {value!r}, but needs text.")
        return " ".join(value.split())
    if not isinstance(value, hint):
        raise ContentError(f"{entry.place(key)}: '{key}' holds {value!r}, but needs {hint.__name__}.")
    return value


def _one_of(value: Any, allowed: list[str], entry: Map, key: str) -> str:
    if value not in allowed:
        raise ContentError(f"{entry.place(key)}: '{key}' is {value!r}. Use one of: {', '.join(allowed)}.")
    return str(value)


def _lexicon(files: _Files) -> tuple[dict[str, Concept], dict[str, Family]]:
    concepts: dict[str, Concept] = {}
    families: dict[str, Family] = {}
    lexicon = files.single("lexicon")
    for family, item in lexicon.items():
        entry = _as_map(item, lexicon, family)
        families[family] = read_as(Family, _part(entry, ("label",)), id=family)
        values = _as_map(entry.get("values"), entry, "values")
        for value, item in values.items():
            name = f"{family}.{value}"
            concepts[name] = read_as(Concept, _as_map(item, values, value), id=name)
    families["sign"] = Family("sign", "warning signs")
    for entries in files.of("signs"):
        for value, item in entries.items():
            name = f"sign.{value}"
            concepts[name] = read_as(Concept, _as_map(item, entries, value), id=name)
    return concepts, families


def concepts_in(condition: str) -> Iterator[str]:
    """Yield the concepts that a condition such as "no a.b | c.d" names."""
    for part in alternatives(condition):
        yield part.removeprefix("no ").strip()


def _check_references(knowledge: Knowledge, files: _Files) -> None:
    for kind, name, condition in _conditions(knowledge):
        for concept in concepts_in(condition):
            if concept not in knowledge.concepts:
                raise ContentError(
                    f"{files.place(kind, name)}: '{name}' needs '{concept}', which lexicon.yml "
                    f"does not have. Add it there, or {_instead(concept, knowledge.concepts)}"
                )
    for kind, name, source in _citations(knowledge):
        if source not in knowledge.sources:
            raise ContentError(
                f"{files.place(kind, name)}: '{name}' cites '{source}', which sources.yml does "
                f"not have. Add it there, or {_instead(source, knowledge.sources)}"
            )
    helped = {*knowledge.mechanisms, *knowledge.other_explanations, *knowledge.concepts}
    for name, advice in knowledge.advice.items():
        for helps in advice.helps:
            if helps not in helped:
                raise ContentError(
                    f"{files.place('advice', name)}: '{name}' helps with '{helps}', which is no mechanism, "
                    f"explanation or finding. {_instead(helps, helped)}"
                )
    for name, topic in knowledge.topics.items():
        for other in topic.see_also:
            if other not in knowledge.topics:
                raise ContentError(
                    f"{files.place('topics', name)}: topic '{name}' points to '{other}', which "
                    f"is no topic. {_instead(other, knowledge.topics)}"
                )


def _conditions(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    explained: list[tuple[str, Mapping[str, Mechanism] | Mapping[str, OtherExplanation]]] = [
        ("mechanisms", knowledge.mechanisms),
        ("other_explanations", knowledge.other_explanations),
    ]
    for kind, entries in explained:
        for name, entry in entries.items():
            for cue in (*entry.cues_for, *entry.cues_against):
                yield from ((kind, name, condition) for condition in cue.when)
    for name, flag in knowledge.red_flags.items():
        for signs in (*flag.signs, *flag.unclear):
            yield from (("red_flags", name, condition) for condition in signs)
    for name, advice in knowledge.advice.items():
        yield from (("advice", name, condition) for condition in advice.not_when)
    for name, question in knowledge.questions.items():
        told = [tell for option in question.options for tell in option.tells]
        yield from (("questions", name, tell) for tell in (*told, *question.yes, *question.no))
    items: list[FirstStep | Item] = [*knowledge.referral.first_step]
    items += [*knowledge.referral.bring, *knowledge.referral.ask]
    for item in items:
        yield from (("referral", "first_step", condition) for condition in item.when)


def _citations(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    for kind, name, statement in statements_of(knowledge):
        yield from ((kind, name, source) for source in statement.sources)
    for name, region in knowledge.regions.items():
        yield from (("regions", name, line.source) for line in region.crisis if line.source)


def statements_of(knowledge: Knowledge) -> Iterator[tuple[str, str, Statement]]:
    """Yield every health statement with the kind and id of the entry it stands in."""
    for name, mechanism in knowledge.mechanisms.items():
        told = (
            *mechanism.statements,
            *(condition.statement for condition in mechanism.conditions),
            *mechanism.back_care,
            *mechanism.foot_care,
            *mechanism.limits,
            *_cues_said(mechanism.cues_for, mechanism.certainty),
            *_cues_said(mechanism.cues_against, mechanism.certainty),
        )
        yield from (("mechanisms", name, statement) for statement in told)
    for name, other in knowledge.other_explanations.items():
        cues = _cues_said((*other.cues_for, *other.cues_against), other.certainty)
        yield from (("other_explanations", name, s) for s in (*other.statements, *cues))
    for name, advice in knowledge.advice.items():
        yield "advice", name, advice.statement
    for name, topic in knowledge.topics.items():
        yield from (("topics", name, s) for s in (*topic.short, *topic.more))
    for name, flag in knowledge.red_flags.items():
        yield "red_flags", name, flag.means
        yield "red_flags", name, Statement(" ".join(flag.do), flag.means.certainty, flag.sources)
    for statement in (*knowledge.referral.plan, *knowledge.referral.closing):
        yield "referral", "plan", statement


def _cues_said(cues: Iterable[Cue], certainty: Certainty) -> Iterator[Statement]:
    return (Statement(cue.say, certainty, cue.sources) for cue in cues)


def _instead(value: str, allowed: Iterable[str]) -> str:
    names = sorted(allowed)
    near = get_close_matches(value, names, n=3, cutoff=0.5) or names[:8]
    return f"use one of: {', '.join(near)}."
