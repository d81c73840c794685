"""Put things right: why, again, simpler, corrections, a fresh start."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.interview import ask, check_again, resume
from actions.tracker import Scene, say, scene
from bot.knowledge.concepts import Assertion
from bot.reasoning.cards import come_back, places_of, reason_of, reply
from bot.reasoning.conversation import COUNTED, RETURN, story_of
from bot.reasoning.interview import left_open
from bot.reasoning.triage import in_region


class ActionWhy(Action):
    """Says why the open question is asked, and asks it again."""

    def name(self) -> str:
        return "action_why"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        phrases, flags = now.knowledge.phrases, now.knowledge.red_flags
        open_question = now.conversation.open_question
        if open_question == RETURN:
            say(dispatcher, come_back(phrases, "return_again", phrases["return_why"]))
            return []
        if now.latest.after_alarm in flags:
            say(dispatcher, reason_of(flags[str(now.latest.after_alarm)], now.region, now.knowledge))
            return []
        asked = now.knowledge.questions.get(open_question or _left_aside(now) or "")
        if now.conversation.open_check in flags and now.conversation.open_check != open_question:
            means = in_region(flags[str(now.conversation.open_check)].means.say, places_of(now.region))
            return check_again(dispatcher, now, means)
        return ask(dispatcher, now, asked.id, asked.why) if asked else resume(dispatcher, now)


def _left_aside(now: Scene) -> str | None:
    """Return the question that a digression left aside, where it got no answer."""
    return left_open(now.conversation, now.story) if now.conversation.waits == "pause" else None


class ActionRephrase(Action):
    """Says the open question in simpler words, or the last message once more."""

    def name(self) -> str:
        return "action_rephrase"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        open_question = now.conversation.open_question or _left_aside(now)
        if now.conversation.open_check:
            return check_again(dispatcher, now, now.knowledge.phrases["check_simpler"], "simpler")
        if open_question in now.knowledge.questions:
            return ask(dispatcher, now, str(open_question), wording="simpler")
        last = next((e for e in reversed(tracker.events) if e.get("event") == "bot" and e.get("text")), None)
        if last is None or now.conversation.returning or open_question == RETURN:
            return resume(dispatcher, now)
        data = last.get("data") or {}
        dispatcher.utter_message(
            text=last["text"], buttons=data.get("buttons") or [], json_message=data.get("custom") or {}
        )
        return []


class ActionStop(Action):
    """Stops asking; what stood open is put again when the person goes on."""

    def name(self) -> str:
        return "action_stop"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(response="utter_stop")
        return [SlotSet("asked", None)]


class ActionCorrect(Action):
    """Confirms what a correction changed."""

    def name(self) -> str:
        return "action_correct"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        say(dispatcher, reply(self._confirmation(now), {"card": "notice", "id": "corrected"}))
        changed = bool(now.latest.findings)
        if now.stage == "recommended" and changed:
            return [SlotSet("stage", "enough")]
        return []

    @staticmethod
    def _confirmation(now: Scene) -> str:
        phrases = now.knowledge.phrases
        if now.latest.after_alarm in now.conversation.corrected:
            return phrases["corrected_alarm"]
        changes = corrections(now)
        if changes:
            return phrases["corrected"].format(what=", ".join(changes))
        return phrases["corrected_nothing"]


def corrections(now: Scene) -> list[str]:
    """Return what the latest message changed, in words: what holds now, and what no longer does."""
    before = story_of(now.conversation.turns[:-1], now.knowledge.questions)
    changed = [f for c, f in now.story.items() if c not in before or before[c].assertion is not f.assertion]
    holds = [f.concept for f in changed if f.assertion not in (Assertion.ABSENT, Assertion.HISTORICAL)]
    not_any_more = [f.concept for f in changed if f.concept not in holds]
    not_any_more += [c for c, f in before.items() if c not in now.story and f.assertion in COUNTED]
    names = {c: concept.label for c, concept in now.knowledge.concepts.items()}
    return [
        *(names[c] for c in holds if c in names),
        *(f"not {names[c]}" for c in not_any_more if c in names),
    ]


class ActionStartOver(Action):
    """Begins a new story, with what this message tells; what was told before no longer counts."""

    def name(self) -> str:
        return "action_start_over"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        return [
            SlotSet("chapter", len(tracker.events)),
            *(SlotSet(name, None) for name in ("stage", "asked", "alarm", "check", "urgency")),
        ]
