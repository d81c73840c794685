"""What may help, and whom to see: podiatrist, spine specialist, one plan."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.tracker import say, scene
from bot.reasoning.cards import advice_reply, referral_card
from bot.reasoning.explanation import explain


class ActionRefer(Action):
    """Gives advice for this story, then the recommendation."""

    def name(self) -> str:
        return "action_refer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        say(dispatcher, advice_reply(explain(now.story, now.knowledge), now.story, now.knowledge))
        say(dispatcher, referral_card(now.story, now.knowledge, now.region))
        return [SlotSet("stage", "recommended"), SlotSet("asked", None)]
