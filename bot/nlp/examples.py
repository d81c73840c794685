"""Our language data, read: what people say and what it should be understood as.

`data/nlu/*.yml`       moves, and questions as ask/<topic>, in Rasa's own format
`data/screen/*.txt`    a red flag a file: [alarm], [check] and [quiet] lines; " => other_flag" adds one
`data/findings/*.txt`  "[question] text => foot_site.heel, -sensation.numbness"
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.knowledge.concepts import Assertion
from bot.settings import ROOT

DATA = ROOT / "data"
MARKS = {
    "-": Assertion.ABSENT,
    "?": Assertion.POSSIBLE,
    "<": Assertion.HISTORICAL,
    "~": Assertion.HYPOTHETICAL,
    "@": Assertion.FAMILY,
}
DEVELOPMENT_SHARE = 12
"""One line in so many is held out, to stop early and to set thresholds."""
_ASKED = re.compile(r"\[(\w+)\]\s*")
ABOUT_THE_TALK = {
    "greet",
    "goodbye",
    "thanks",
    "why_asking",
    "back_to_question",
    "repeat_rephrase",
    "summary_please",
    "start_over",
    "human_handoff",
    "delete_my_data",
}
# A question, a thank-you or a strange request tells of no red flag; a story may, so it is not used.
QUIET_MOVES = ABOUT_THE_TALK | {"affirm", "deny", "dont_know", "language_other", "ask", "out_of_scope"}
# Who does only this tells nothing of feet and back.
TELLING_NOTHING = ABOUT_THE_TALK | {"stop", "abuse", "out_of_scope"}
# Who tells one of these may tell a sign of a red flag; who tells only others does not.
MAY_BE_SIGNS = {
    "sensation.numbness",
    "sensation.tingling",
    "sensation.burning",
    "sensation.weakness",
    "sensation.cold",
    "sensation.stiffness",
    "sensation.cramp",
    "timing.night",
    "timing.constant",
    "relief.rest",
    "relief.moving",
    "load.running",
}
HURTS = {"back_pain", "back_condition", "sensation", "radiates_down_leg"}
# Who asks about these often tells a sign of them on the way.
TELLING_TOPICS = {
    "neuropathy",
    "stress_fracture",
    "spinal_stenosis",
    "arthritis_both",
    "pregnancy",
    "sleep_position",
}
Told = tuple[tuple[str, Assertion], ...]
"""Findings as a line's writer labelled them: concept and how it was meant."""


@dataclass(frozen=True)
class Example:
    """A line and what it should be read as; None where the line's writer did not say."""

    text: str
    asked: str | None = None
    move: str | None = None
    topic: str | None = None
    findings: Told | None = None
    alarms: frozenset[str] | None = None
    checks: frozenset[str] = frozenset()


class ExampleError(ValueError):
    """A line that cannot be read; names file, line and what is wrong."""


def read_examples(data: Path = DATA) -> list[Example]:
    """Return every training line below `data`."""
    return [*moves_and_topics(data / "nlu"), *screen(data / "screen"), *findings(data / "findings")]


def read_development(data: Path = DATA) -> list[Example]:
    """Return the lines that are held out from training."""
    return [example for example in read_examples(data) if is_development(example)]


def digest(data: Path = DATA) -> str:
    """Return a SHA-256 over the training lines, in hexadecimal."""
    hashed = hashlib.sha256()
    for path in sorted((*data.glob("nlu/*.yml"), *data.glob("screen/*.txt"), *data.glob("findings/*.txt"))):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def is_development(example: Example) -> bool:
    """Whether a line is held out; by its text, so that adding lines moves no other."""
    return int(hashlib.sha256(example.text.encode()).hexdigest(), 16) % DEVELOPMENT_SHARE == 0


def moves_and_topics(folder: Path) -> Iterator[Example]:
    """Yield the lines of Rasa's NLU files."""
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for block in content.get("nlu", ()):
            move, _, topic = block["intent"].partition("/")
            for line in block["examples"].splitlines():
                text = line.strip().removeprefix("- ").strip()
                if text:
                    quiet = move in QUIET_MOVES and topic not in TELLING_TOPICS
                    yield Example(
                        text,
                        move=move,
                        topic=topic or None,
                        findings=() if move in TELLING_NOTHING else None,
                        alarms=frozenset() if quiet else None,
                    )


def screen(folder: Path) -> Iterator[Example]:
    """Yield the lines of the red-flag files."""
    for path in sorted(folder.glob("*.txt")):
        section = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line in ("[alarm]", "[check]", "[quiet]"):
                section = line[1:-1]
                continue
            if not section:
                raise ExampleError(f"{path.name}:{number}: put [alarm], [check] or [quiet] above {line!r}.")
            text, _, others = line.partition(" => ")
            named = frozenset(other.strip() for other in others.split(",") if other.strip())
            own = frozenset([path.stem])
            yield Example(
                text.strip(),
                move="tell" if section == "alarm" and "?" not in text else None,
                alarms=named | own if section == "alarm" else named,
                checks=own if section == "check" else frozenset(),
            )


def findings(folder: Path) -> Iterator[Example]:
    """Yield the lines with labelled findings."""
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield finding_line(line, f"{path.name}:{number}")


def finding_line(line: str, place: str = "") -> Example:
    """Return the example that a line such as "[side] the left one => side.left" stands for."""
    text, arrow, labels = line.partition("=>")
    if not arrow:
        raise ExampleError(f"{place}: {line!r} has no '=>'. Write: text => label, label.")
    asked = _ASKED.match(text)
    told = tuple(_label(label.strip()) for label in labels.split(",") if label.strip())
    return Example(
        text[asked.end() :].strip() if asked else text.strip(),
        asked=asked[1] if asked else None,
        move="tell" if told and not asked and "?" not in text else None,
        findings=told,
        alarms=frozenset() if told and _is_harmless(told) else None,
    )


def _is_harmless(findings: Told) -> bool:
    """Whether a labelled line tells of no red flag: no feeling that may be a sign, no risk with a pain."""
    told = {c for c, a in findings if a in (Assertion.PRESENT, Assertion.POSSIBLE)}
    families = {concept.partition(".")[0] for concept in told}
    both_legs = {"side.both", "radiates_down_leg.yes"} <= told
    return not told & MAY_BE_SIGNS and not both_legs and not ("risk" in families and families & HURTS)


def _label(label: str) -> tuple[str, Assertion]:
    return label.lstrip("".join(MARKS)), MARKS.get(label[0], Assertion.PRESENT)
