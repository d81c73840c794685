"""Answer a question from the knowledge."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.tracker import say, scene
from bot.reasoning.cards import topic_answer


class ActionAnswer(Action):
    """Short, with its source; more on request."""

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        topic = now.knowledge.topics.get(now.conversation.turns[-1].topic or "")
        if topic is None:
            dispatcher.utter_message(response="utter_out_of_scope")
            return []
        more = any(e.get("entity") == "more" for e in tracker.latest_message.get("entities", []))
        say(dispatcher, topic_answer(topic, more, now.knowledge))
        return []
