"""Put things right: why, again, simpler, corrections, a fresh start."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.interview import ask, resume
from actions.tracker import Scene, say, scene
from bot.knowledge.concepts import Assertion
from bot.reasoning.cards import reply
from bot.reasoning.conversation import story_of


class ActionWhy(Action):
    """Says why the open question is asked, and asks it again."""

    def name(self) -> str:
        return "action_why"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        asked = now.knowledge.questions.get(now.open_question or "")
        if asked is None:
            return resume(dispatcher, now)
        ask(dispatcher, now, asked.id, "again", asked.why)
        return []


class ActionRephrase(Action):
    """Says the open question in simpler words, or the last message once more."""

    def name(self) -> str:
        return "action_rephrase"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        if now.open_question in now.knowledge.questions:
            ask(dispatcher, now, str(now.open_question), "simpler")
            return []
        last = next((e for e in reversed(tracker.events) if e.get("event") == "bot" and e.get("text")), None)
        if last is None:
            dispatcher.utter_message(response="utter_invite")
            return []
        data = last.get("data") or {}
        dispatcher.utter_message(
            text=last["text"], buttons=data.get("buttons") or [], json_message=data.get("custom") or {}
        )
        return []


class ActionCorrect(Action):
    """Confirms what a correction changed."""

    def name(self) -> str:
        return "action_correct"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        say(dispatcher, reply(self._confirmation(now), {"card": "notice", "id": "corrected"}))
        changed = bool(now.conversation.turns[-1].findings)
        if now.stage == "recommended" and changed:
            return [SlotSet("stage", "enough")]
        return []

    @staticmethod
    def _confirmation(now: Scene) -> str:
        before = story_of(now.conversation.turns[:-1], now.knowledge.questions)
        changes = []
        for concept, finding in now.story.items():
            old = before.get(concept)
            if (old is None or old.assertion is not finding.assertion) and concept in now.knowledge.concepts:
                denied = finding.assertion in (Assertion.ABSENT, Assertion.HISTORICAL)
                label = now.knowledge.concepts[concept].label
                changes.append(f"not {label}" if denied else label)
        if now.conversation.corrected:
            return "Thank you for putting that right. If any of it is true after all, get help at once and do not wait."
        if changes:
            return f"Thank you, I have changed that: {', '.join(changes)}."
        return "Thank you. Please tell me in other words what I should change."


class ActionStartOver(Action):
    """Begins a new story; what was told before no longer counts."""

    def name(self) -> str:
        return "action_start_over"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(response="utter_invite")
        return [
            SlotSet("chapter", len(tracker.events)),
            *(SlotSet(name, None) for name in ("stage", "asked", "alarm", "check", "urgency")),
        ]
