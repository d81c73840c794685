"""python -m bot read: say what messages mean, one a line of standard input.

A line is plain text, or {"text": "...", "asked": "question id"}.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bot.lean import without_tensorflow

# spaCy would import TensorFlow where it is installed: seven seconds that reading never needs.
without_tensorflow()

from bot.commands.train import move_head
from bot.knowledge.concepts import Knowledge
from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Reading, Understanding
from bot.reasoning.conversation import Turn, story_of
from bot.reasoning.links import links
from bot.reasoning.triage import triage


def main(arguments: list[str]) -> int:
    """Read standard input to its end."""
    parser = argparse.ArgumentParser(prog="python -m bot read", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--why", action="store_true", help="say which words led to which finding")
    options = parser.parse_args(arguments)
    knowledge = read_knowledge()
    understanding = Understanding(knowledge, load_encoder(), move_head())
    for line in sys.stdin.buffer:
        text, asked = message_of(line.decode("utf-8", "replace").rstrip("\r\n"))
        if not text.strip():
            continue
        reading = understanding.read(text, asked)
        found = as_dict(reading, asked, knowledge)
        if options.why:
            found["why"] = why(reading)
        print(json.dumps(found, ensure_ascii=False) if options.json else plain(found), flush=True)
    return 0


def message_of(line: str) -> tuple[str, str | None]:
    """Return text and question of a line."""
    if line.lstrip().startswith("{"):
        try:
            given = json.loads(line)
        except ValueError:
            return line, None
        if isinstance(given, dict) and isinstance(given.get("text"), str):
            asked = given.get("asked")
            return given["text"], asked if isinstance(asked, str) else None
    return line, None


def as_dict(reading: Reading, asked: str | None, knowledge: Knowledge) -> dict[str, Any]:
    """Return a reading in the form that the outside may rely on."""
    turn = Turn(
        reading.text,
        reading.move.name,
        findings=reading.findings,
        sightings=tuple((s.red_flag, s.certain) for s in reading.sightings),
        asked=asked,
        doubts=tuple((d.red_flag, d.heard) for d in reading.doubts),
    )
    story = story_of([turn], knowledge.questions)
    return {
        "text": reading.text,
        "move": reading.move.name,
        "topic": reading.move.topic,
        "findings": [
            {"concept": f.concept, "assertion": f.assertion.value, "side": f.side}
            for f in story.values()
            if f.family != "sign"
        ],
        "red_flags": [
            {"id": a.flag.id, "urgency": a.flag.urgency.name.lower(), "certain": a.certain}
            for a in triage(story, turn.sightings, knowledge.red_flags, story, turn.doubts)
        ],
        "links": [{"mechanism": one.mechanism.id, "fit": one.fit.value} for one in links(story, knowledge)],
    }


def why(reading: Reading) -> list[dict[str, Any]]:
    """Return which words and modifiers led to which finding."""
    by_term = {e.finding.concept for e in reading.evidence}
    told: list[dict[str, Any]] = [
        {
            "concept": e.finding.concept,
            "words": e.term,
            "assertion": e.finding.assertion.value,
            "because": list(e.modifiers),
        }
        for e in reading.evidence
    ]
    told += [
        {"concept": f.concept, "words": reading.text, "assertion": f.assertion.value, "because": ["encoder"]}
        for f in reading.findings
        if f.concept not in by_term
    ]
    told += [
        {"red_flag": s.red_flag, "words": reading.text, "certain": s.certain, "because": ["encoder"]}
        for s in reading.sightings
    ]
    return told


def plain(found: dict[str, Any]) -> str:
    """Return a reading as a few lines for people."""
    lines = [found["text"], f"  move: {found['move']}" + (f", {found['topic']}" if found["topic"] else "")]
    lines += [
        f"  {f['concept']}: {f['assertion']}" + (f", {f['side']}" if f["side"] else "")
        for f in found["findings"]
    ]
    lines += [
        f"  RED FLAG {r['id']} ({r['urgency']}{'' if r['certain'] else ', to be asked'})"
        for r in found["red_flags"]
    ]
    lines += [f"  why: {w}" for w in found.get("why", [])]
    return "\n".join(lines)
