"""What no compiler ties together: domain, rules, actions, buttons, data and the vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.channels.guard import Guard
from bot.components.findings import finding_entity
from bot.knowledge.concepts import Finding
from bot.knowledge.reader import read_knowledge
from bot.nlp.examples import moves_and_topics
from bot.settings import ROOT
from bot.state.shared import Shared

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
STORIES = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "data/stories").glob("*.yml"))]
VOCABULARY = yaml.safe_load((ROOT / "tests/vocabulary.yml").read_text())
INTENTS = {next(iter(entry)) if isinstance(entry, dict) else entry for entry in DOMAIN["intents"]}
FILLED_BY_POLICY = {"utter_urgent_care", "utter_safety_check", "utter_default", "utter_fallback"}


def steps():
    for content in STORIES:
        for kind in ("rules", "stories"):
            for story in content.get(kind) or ():
                yield from story["steps"]


def texts_of_actions() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))


def test_domain_lists_exactly_the_actions_we_wrote():
    executor = ActionExecutor()
    executor.register_package("actions")

    assert sorted(executor.actions) == sorted(DOMAIN["actions"])


def test_every_move_of_the_vocabulary_is_an_intent_and_has_a_rule():
    answered = {step["intent"] for step in steps() if "intent" in step}

    assert set(VOCABULARY["moves"]) == INTENTS
    assert answered == INTENTS


def test_every_response_is_used():
    used = {step["action"] for step in steps() if "action" in step}
    used |= set(re.findall(r"utter_\w+", texts_of_actions())) | FILLED_BY_POLICY

    assert set(DOMAIN["responses"]) <= used


@pytest.mark.parametrize("name", sorted(DOMAIN["responses"]))
def test_every_button_of_a_response_passes_the_guard(name):
    guard = Guard(read_knowledge(), Shared(""))

    payloads = [b["payload"] for r in DOMAIN["responses"][name] for b in r.get("buttons", ())]

    assert all(guard.payload(payload).text == payload for payload in payloads)


def test_every_topic_has_an_answer_and_forty_ways_of_asking():
    lines = Counter(e.topic for e in moves_and_topics(ROOT / "data/nlu") if e.topic)

    assert set(lines) == set(read_knowledge().topics) >= set(VOCABULARY["topics"])
    assert min(lines.values()) >= 40


def test_every_move_has_sixty_training_lines():
    lines = Counter(e.move for e in moves_and_topics(ROOT / "data/nlu"))

    assert {move for move in VOCABULARY["moves"] if lines[move] < 60} == set()
    assert lines["out_of_scope"] >= 400


def test_every_red_flag_has_its_phrasings_and_as_many_look_alikes():
    for flag in read_knowledge().red_flags:
        sections = Counter()
        section = ""
        for line in Path(ROOT / f"data/screen/{flag}.txt").read_text().splitlines():
            section = line if line.startswith("[") and line.endswith("]") else section
            sections[section] += bool(line.strip()) and line != section

        assert sections["[alarm]"] + sections["[check]"] >= 120, flag
        assert sections["[quiet]"] >= 120, flag


def test_no_training_line_is_in_an_evaluation_set():
    def bare(text: str) -> str:
        return re.sub(r"\W+", " ", text.lower()).strip()

    trained = {
        bare(line.removeprefix("      - ").partition("=>")[0])
        for path in ROOT.glob("data/*/*.*")
        if path.parent.name != "stories"
        for line in path.read_text().splitlines()
        if len(line.split()) > 5
    }
    evaluated = {
        bare(line.partition("=>")[0])
        for path in (*ROOT.glob("tests/safety/*.txt"), *ROOT.glob("tests/understanding/*.txt"))
        for line in path.read_text().splitlines()
        if len(line.split()) > 5
    }

    assert trained & evaluated == set()


def test_a_finding_travels_with_assertion_and_side():
    entity = finding_entity(Finding("sensation.tingling", side="left", words="tingles"))

    assert entity["value"] == "sensation.tingling"
    assert (entity["assertion"], entity["side"]) == ("present", "left")
