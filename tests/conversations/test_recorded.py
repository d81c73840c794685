"""Run the recorded conversations and Rasa's own validation, and read the recorded words as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.entities_parser import (
    find_entities_in_training_example,
    replace_entities,
)

from bot.commands.train import move_head
from bot.knowledge.concepts import Knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Understanding
from tests.conversations.live import ROOT

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("test_*.yml"))
SKILLS = {"interview", "topics", "repair", "small_talk", "triage", "recommendation"}
SECONDS = 300


def rasa(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Rasa's on this project."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return subprocess.run(
        [sys.executable, "-m", "rasa", *words],
        cwd=ROOT,
        env={**os.environ, **quiet, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def stories() -> Iterator[dict]:
    for file in FILES:
        yield from yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]


def test_every_skill_has_recorded_conversations_with_names_of_their_own():
    names = [story["story"] for story in stories()]

    assert {file.stem.removeprefix("test_") for file in FILES} == SKILLS
    assert len(names) == len(set(names)) >= 34


def test_every_move_and_every_action_is_recorded():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    rules = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in (ROOT / "data/stories").glob("*.yml")]
    ruled = {
        step["action"]
        for r in rules
        for rule in r.get("rules", ())
        for step in rule["steps"]
        if "action" in step
    }

    steps = [step for story in stories() for step in story["steps"]]

    moves = {step["intent"].partition("/")[0] for step in steps if "intent" in step}
    assert moves == {name for intent in domain["intents"] for name in intent}
    assert {step["action"] for step in steps if "action" in step} == ruled - {"action_listen"}


def test_all_recorded_conversations_go_as_recorded(model, tmp_path):
    run = rasa(
        "test", "core", "--stories", str(HERE), "--model", "models",
        "--fail-on-prediction-errors", "--out", str(tmp_path),
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]
    assert found["correct"] == found["total"] == len(list(stories()))


def test_rasa_finds_nothing_wrong_with_the_data():
    run = rasa("data", "validate", "--fail-on-warnings")

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "No story structure conflicts found" in run.stdout + run.stderr


@dataclass(frozen=True)
class Said:
    """A message of a recorded conversation, with what the recording says of it."""

    story: str
    text: str
    asked: str | None
    move: str
    told: frozenset[str]


def said() -> Iterator[Said]:
    """Yield what is typed in the recordings; buttons need no understanding."""
    for story in stories():
        asked = None
        for step in story["steps"]:
            for slot in step.get("slot_was_set", ()):
                asked = slot.get("asked", asked)
            if "user" in step and not step["user"].startswith("/"):
                words = " ".join(step["user"].split())
                entities = find_entities_in_training_example(words)
                told = frozenset(e["value"] for e in entities)
                yield Said(story["story"], replace_entities(words), asked, step["intent"], told)


@pytest.fixture(scope="module")
def understanding(model: None, knowledge: Knowledge) -> Understanding:
    return Understanding(knowledge, load_encoder(), move_head())


@pytest.mark.parametrize("said", list(said()), ids=lambda s: s.text[:60])
def test_recorded_words_are_understood_as_the_recording_says(said: Said, understanding: Understanding):
    reading = understanding.read(said.text, said.asked)

    move = f"ask/{reading.move.topic}" if reading.move.name == "ask" else reading.move.name
    told = {("no " if f.assertion == "absent" else "") + f.concept for f in reading.findings}
    assert move == said.move
    assert said.told <= told | {s.red_flag for s in reading.sightings}
