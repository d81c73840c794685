"""Urgent care and safety checks in words, from the content in memory.

They need neither the action server nor the database.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.knowledge.reader import read_knowledge
from bot.reasoning.cards import safety_check, urgent_care
from bot.settings import Settings


class ContentResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's responses, and those two that speak of red flags."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._knowledge = read_knowledge()
        self._region = self._knowledge.regions[Settings.from_environment().region]

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        told = tracker.latest_message.metadata if tracker.latest_message else {}
        region = self._knowledge.regions.get(told.get("region", ""), self._region)
        if utter_action == "utter_urgent_care":
            flag = self._knowledge.red_flags.get(tracker.get_slot("alarm") or "")
            if flag:
                return dict(urgent_care(flag, region, self._knowledge))
        if utter_action == "utter_safety_check":
            flag = self._knowledge.red_flags.get(tracker.get_slot("check") or "")
            if flag:
                return dict(safety_check(flag, region))
        result: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        return result
