"""Explain which of the four mechanisms fit the story, and why."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.tracker import say, scene
from bot.reasoning.cards import links_card
from bot.reasoning.explanation import explain


class ActionExplain(Action):
    """Shows the links card."""

    def name(self) -> str:
        return "action_explain"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        say(dispatcher, links_card(explain(now.story, now.knowledge), now.story, now.knowledge))
        return []
