"""The page to bring along."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.interview import check_again, may_check_again, resume
from actions.tracker import say, scene
from bot.reasoning.cards import summary_card
from bot.reasoning.conversation import RETURN
from bot.reasoning.summary import summary


class ActionSummarise(Action):
    """Shows the summary so far, whatever is known."""

    def name(self) -> str:
        return "action_summarise"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        if now.conversation.returning or now.conversation.open_question == RETURN:
            return resume(dispatcher, now)
        if not now.story:
            dispatcher.utter_message(response="utter_invite")
            return []
        sections = summary(now.conversation, now.knowledge)
        finished = "referral" in now.conversation.cards
        say(dispatcher, summary_card(sections, "/chat/summary", finished))
        return check_again(dispatcher, now) if may_check_again(now) else []
