"""Findings and red flags as Rasa entities, with assertion and side."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.components.shared import HEARD, understanding
from bot.knowledge.concepts import Finding
from bot.knowledge.reader import digest as knowledge_digest
from bot.nlp.screen import Doubt, Sighting
from bot.nlp.severity import read_severity
from bot.reasoning.triage import CRISIS


def finding_entity(finding: Finding) -> dict[str, Any]:
    """Return a finding as Rasa carries it; extra keys reach the action server."""
    return _entity(
        "finding",
        finding.concept,
        assertion=finding.assertion.value,
        side=finding.side,
        words=finding.words,
    )


def sighting_entity(sighting: Sighting) -> dict[str, Any]:
    """Return a red flag in sight as Rasa carries it."""
    return _entity("red_flag", sighting.red_flag, certain=sighting.certain)


def doubt_entity(doubt: Doubt) -> dict[str, Any]:
    """Return a red flag that the screen doubts as Rasa carries it."""
    return _entity("doubt", doubt.red_flag, heard=doubt.heard)


def _entity(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"entity": name, "value": value, **more, "extractor": "FindingsExtractor"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FindingsExtractor(GraphComponent):
    """Reads what a message tells and which red flags are in sight."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FindingsExtractor:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return knowledge_digest()

    def process(self, messages: list[Message]) -> list[Message]:
        reader = understanding()
        for message in messages:
            heard = message.get(HEARD)
            if heard is None:
                continue
            findings, evidence = reader.findings(heard, (message.get("metadata") or {}).get("asked"))
            entities = [finding_entity(finding) for finding in findings]
            sightings = reader.sightings(heard, evidence, findings)
            entities += [sighting_entity(sighting) for sighting in sightings]
            entities += [doubt_entity(doubt) for doubt in reader.doubts(heard, findings)]
            # Who is in a crisis may mean something else than the pain.
            in_crisis = any(sighting.red_flag == CRISIS for sighting in sightings)
            if not in_crisis and (severity := read_severity(heard.text.lower())):
                entities.append(_entity("severity", severity))
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages
