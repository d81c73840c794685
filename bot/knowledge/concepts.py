"""The glossary: the few things that the assistant thinks in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import cache, cached_property


class Assertion(str, Enum):
    """How a person means what they say about a finding."""

    PRESENT = "present"
    ABSENT = "absent"
    POSSIBLE = "possible"
    HISTORICAL = "historical"
    HYPOTHETICAL = "hypothetical"
    FAMILY = "family"


class Certainty(str, Enum):
    """How good the evidence for a statement is."""

    STRONG = "strong"
    FAIR = "fair"
    LIMITED = "limited"
    THEORY = "theory"


class Fit(str, Enum):
    """How the story so far fits a mechanism. Never a percentage."""

    WELL = "well"
    PARTLY = "partly"
    UNCLEAR = "unclear"
    AGAINST = "against"


class Urgency(IntEnum):
    """How soon care is needed; the higher the sooner."""

    ROUTINE = 0
    WITHIN_DAYS = 1
    SAME_DAY = 2
    EMERGENCY = 3


@cache
def alternatives(condition: str) -> tuple[str, ...]:
    """Return the parts of a condition such as "a.b | no c.d": one of them must hold."""
    return tuple(part.strip() for part in condition.split("|"))


@dataclass(frozen=True)
class Finding:
    """Something a person told: a concept (family.value), how they meant it, and on which side."""

    concept: str
    assertion: Assertion = Assertion.PRESENT
    side: str | None = None
    words: str = ""
    """The person's own words for it, for reasons and for the page to bring along."""

    @cached_property
    def family(self) -> str:
        return self.concept.partition(".")[0]

    @cached_property
    def value(self) -> str:
        return self.concept.partition(".")[2]


@dataclass(frozen=True)
class Source:
    """Who says so. `checked` tells how we read it: read, secondary or unverified."""

    id: str
    title: str
    organisation: str
    year: int | None
    url: str
    checked: str


@dataclass(frozen=True)
class Statement:
    """One health statement with its certainty and the ids of its sources."""

    say: str
    certainty: Certainty
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Cue:
    """A reason for or against a mechanism, met when every condition in `when` holds.

    A condition is a concept, several joined by " | " (any of them), or "no <concept>" (denied).
    """

    when: tuple[str, ...]
    weight: int
    say: str
    sources: tuple[str, ...]

    @cached_property
    def families(self) -> frozenset[str]:
        """The families of findings that it looks at; to deny one is another kind."""
        return frozenset(part.partition(".")[0] for one in self.when for part in alternatives(one))


@dataclass(frozen=True)
class Condition:
    """A named condition behind a mechanism, such as a slipped disc."""

    id: str
    name: str
    statement: Statement


@dataclass(frozen=True)
class Mechanism:
    """One of the four ways in which back and feet may be linked."""

    id: str
    name: str
    in_short: str
    certainty: Certainty
    statements: tuple[Statement, ...]
    conditions: tuple[Condition, ...]
    cues_for: tuple[Cue, ...]
    cues_against: tuple[Cue, ...]
    back_care: tuple[Statement, ...]
    foot_care: tuple[Statement, ...]
    limits: tuple[Statement, ...]


@dataclass(frozen=True)
class OtherExplanation:
    """What else may hurt, beside the four mechanisms."""

    id: str
    name: str
    in_short: str
    certainty: Certainty
    statements: tuple[Statement, ...]
    cues_for: tuple[Cue, ...]
    cues_against: tuple[Cue, ...]


@dataclass(frozen=True)
class Advice:
    """Self-care that may help (or is best avoided), and when to leave it out."""

    id: str
    target: str
    statement: Statement
    helps: tuple[str, ...]
    not_when: tuple[str, ...]
    caution: str | None
    avoid: bool


@dataclass(frozen=True)
class RedFlag:
    """A set of signs that together call for care, what to do, and who says so.

    `signs` are certain as they stand; `unclear` ones are asked about first, with `check`.
    """

    id: str
    urgency: Urgency
    name: str
    means: Statement
    do: tuple[str, ...]
    check: str
    signs: tuple[tuple[str, ...], ...]
    unclear: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Concept:
    """A finding's name for people and the terms by which they say it."""

    id: str
    label: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Findings of one kind, such as sensation or timing."""

    id: str
    label: str


@dataclass(frozen=True)
class Option:
    """A choice on a button and what it tells: concepts, or "no <concept>"."""

    label: str
    tells: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question of the interview, its other wordings, why it is asked and its choices."""

    id: str
    ask: str
    again: str
    simpler: str
    why: str
    card: str
    options: tuple[Option, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """What a person may ask about: the short answer, and more on request."""

    id: str
    title: str
    short: tuple[Statement, ...]
    more: tuple[Statement, ...]
    see_also: tuple[str, ...]


@dataclass(frozen=True)
class CrisisLine:
    """A line that someone in despair can reach; shown only when the number was checked."""

    name: str
    how: str
    checked: str
    source: str | None = None


@dataclass(frozen=True)
class Region:
    """The names and numbers of care where the person lives."""

    id: str
    name: str
    emergency_number: str
    emergency_room: str
    urgent_line: str
    family_doctor: str
    crisis: tuple[CrisisLine, ...]


@dataclass(frozen=True)
class Specialist:
    """Someone to see, and what they are for."""

    id: str
    name: str
    say: str


@dataclass(frozen=True)
class FirstStep:
    """Whom to see first when every condition in `when` holds."""

    when: tuple[str, ...]
    say: str
    start_with: str


@dataclass(frozen=True)
class Item:
    """A thing to bring or to ask, when every condition in `when` holds."""

    when: tuple[str, ...]
    say: str


@dataclass(frozen=True)
class Referral:
    """The recommendation: both specialists, one plan, what to bring and ask."""

    specialists: tuple[Specialist, ...]
    first_step: tuple[FirstStep, ...]
    plan: tuple[Statement, ...]
    bring: tuple[Item, ...]
    ask: tuple[Item, ...]
    closing: tuple[Statement, ...]


@dataclass(frozen=True)
class Knowledge:
    """All that the assistant knows, by id, in the clinicians' order."""

    digest: str
    sources: Mapping[str, Source]
    mechanisms: Mapping[str, Mechanism]
    other_explanations: Mapping[str, OtherExplanation]
    advice: Mapping[str, Advice]
    red_flags: Mapping[str, RedFlag]
    families: Mapping[str, Family]
    concepts: Mapping[str, Concept]
    questions: Mapping[str, Question]
    topics: Mapping[str, Topic]
    regions: Mapping[str, Region]
    referral: Referral
    phrases: Mapping[str, str] = field(default_factory=dict)
    """Names that the ids of the closed vocabularies have for people."""
