"""Run the recorded conversations and Rasa's own validation, and read the recorded words as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from bot.commands.train import model_path, move_head
from bot.knowledge.concepts import Assertion, Knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Understanding
from bot.reasoning.conversation import Turn, story_of
from bot.reasoning.triage import triage
from tests.conversations.live import QUESTIONS, ROOT, Assistant, Visitor
from tests.conversations.recorded import Talk, as_story, play, talks

SECONDS = 300
AT_LEAST = 120
SAFETY_FIRST = ("utter_urgent_care", "utter_safety_check")


def rasa(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Rasa's on this project."""
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return subprocess.run(
        [sys.executable, "-m", "bot.lean", *words],
        cwd=ROOT,
        env={**os.environ, **quiet, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def test_the_recordings_are_many_and_each_has_a_name_of_its_own():
    names = [talk.name for talk in talks()]

    assert len(names) == len(set(names)) >= AT_LEAST
    assert {talk.skill for talk in talks()} >= {file.stem for file in (ROOT / "data/stories").glob("*.yml")}


def test_every_move_and_every_action_is_recorded():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    files = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in (ROOT / "data/stories").glob("*.yml")]
    ruled = {
        s["action"] for f in files for rule in f.get("rules", ()) for s in rule["steps"] if "action" in s
    }

    turns = [turn for talk in talks() for turn in talk.turns]

    assert {turn.move.split()[0] for turn in turns} == {
        name for intent in domain["intents"] for name in intent
    }
    assert {action for turn in turns for action, _ in turn.then} == ruled - {"action_listen"}


def test_a_question_is_met_with_every_move_before_in_the_middle_and_at_the_end():
    def moves(where: str) -> set[str]:
        return {talk.turns[-1].move.split()[0] for talk in talks() if talk.name.endswith(where)}

    every = {turn.move.split()[0] for talk in talks() for turn in talk.turns}
    assert moves("while a question is open") == every
    assert every - moves("before anything was told") <= {"tell", "correction", "delete_my_data"}
    assert len(moves("after all was explained")) >= 15


def test_all_recorded_conversations_go_as_recorded_by_rasas_own_test(model, tmp_path):
    stories = tmp_path / "test_recorded.yml"
    written = {"version": "3.1", "stories": [as_story(talk) for talk in talks()]}
    stories.write_text(yaml.safe_dump(written, allow_unicode=True, sort_keys=False), encoding="utf-8")

    run = rasa(
        "test", "core", "--stories", str(stories), "--model", str(model_path()),
        "--fail-on-prediction-errors", "--out", str(tmp_path),
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]
    assert found["correct"] == found["total"] == len(talks())


@pytest.mark.parametrize("talk", talks(), ids=lambda talk: talk.name)
def test_a_recorded_conversation_goes_as_recorded_through_the_real_channel(talk: Talk, assistant: Assistant):
    wrong = play(talk, Visitor(assistant, assistant.somebody()))

    assert wrong is None, wrong


def test_rasa_finds_nothing_wrong_with_the_data():
    run = rasa("data", "validate", "--fail-on-warnings")

    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "No story structure conflicts found" in run.stdout + run.stderr


@dataclass(frozen=True)
class Said:
    """A message of a recorded conversation, with what the recording says of it."""

    text: str
    asked: str | None
    move: str
    told: frozenset[str]
    red_flag: str | None
    """The red flag that the message itself shows; then its move does not matter."""


def said() -> Iterator[Said]:
    """Yield what is typed in the recordings; buttons need no understanding."""
    for talk in talks():
        asked = None
        for turn in talk.turns:
            told = frozenset(note for note in re.findall(r"\]\(([^)]+)\)", turn.says))
            flags = [one.id for action, heard in turn.then[:1] for one in heard if action in SAFETY_FIRST]
            if turn.says:
                yield Said(turn.words, asked, turn.move, told, flags[0] if flags and told else None)
            asked = next((one.id for one in turn.heard if one.card in QUESTIONS), asked)


@pytest.fixture(scope="module")
def understanding(model: None, knowledge: Knowledge) -> Understanding:
    return Understanding(knowledge, load_encoder(), move_head())


@pytest.mark.parametrize("said", dict.fromkeys(said()), ids=lambda said: said.text[:60])
def test_recorded_words_are_understood_as_the_recording_says(
    said: Said, understanding: Understanding, knowledge: Knowledge
):
    reading = understanding.read(said.text, said.asked)

    sightings = tuple((s.red_flag, s.certain) for s in reading.sightings)
    turn = Turn(said.text, reading.move.name, findings=reading.findings, sightings=sightings)
    story = story_of([turn], knowledge.questions)
    if said.red_flag:
        assert said.red_flag in {a.flag.id for a in triage(story, sightings, knowledge.red_flags)}
        return
    told = {("no " if f.assertion is Assertion.ABSENT else "") + f.concept for f in story.values()}
    assert f"{reading.move.name} {reading.move.topic or ''}".strip() == said.move
    assert said.told <= told
