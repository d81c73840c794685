"""Ask the next question, or say that enough is known."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.tracker import Scene, say, scene
from bot.knowledge.concepts import Assertion
from bot.reasoning.cards import GO_ON, Reply, places_of, question, reply, safety_check
from bot.reasoning.interview import answered, interview
from bot.reasoning.triage import in_region

# So many findings in one message are worth a word of what was understood.
WORTH_ECHOING = 2
ECHOED_AT_MOST = 6
# After so many times in a row a question waits until the person wants to go on.
PUT_IN_A_ROW = 2


def ask(dispatcher: CollectingDispatcher, now: Scene, name: str, wording: str, opening: str = "") -> None:
    """Put a question in one of its wordings: ask, again or simpler."""
    asked = now.knowledge.questions[name]
    text = in_region(getattr(asked, wording), places_of(now.region))
    text = f"{opening} {text}".strip()
    if asked.card == "safety_check":
        say(dispatcher, safety_check(now.knowledge.red_flags[name], now.region, text))
    else:
        say(dispatcher, question(asked, text, _side(now)))


def _side(now: Scene) -> str:
    sides = [f.value for f in now.story.values() if f.family == "side" and f.assertion is Assertion.PRESENT]
    return sides[0] if len(sides) == 1 else "unknown"


def open_events(name: str, now: Scene) -> list[dict[str, Any]]:
    """Return the slots that say which question stands open."""
    events = [SlotSet("stage", "interview"), SlotSet("asked", name)]
    if now.knowledge.questions[name].card == "safety_check":
        events.append(SlotSet("check", name))
    return events


def echo(now: Scene) -> str:
    """Return what was understood of the latest message, where it told a lot."""
    latest = now.conversation.turns[-1]
    labels = [
        now.knowledge.concepts[f.concept].label
        for f in latest.findings
        if f.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
        and f.concept in now.knowledge.concepts
        and f.family != "sign"
    ]
    if len(labels) < WORTH_ECHOING or latest.text.startswith("/"):
        return ""
    return f"Thank you. I understood: {', '.join(dict.fromkeys(labels[:ECHOED_AT_MOST]))}."


class ActionInterview(Action):
    """Carries out what the interview decides."""

    def name(self) -> str:
        return "action_interview"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        if "notice" not in now.conversation.cards:
            dispatcher.utter_message(response="utter_about_me")
        if now.stage == "recommended":
            return self._after(dispatcher, now)
        if not now.story and not now.conversation.asked:
            dispatcher.utter_message(response="utter_invite")
            return [SlotSet("stage", "interview")]
        # A correction seldom answers the question that stood open, so that is put again.
        asked = now.open_question
        if now.conversation.turns[-1].move == "correction" and asked and not answered(asked, now.story):
            return resume(dispatcher, now)
        step = interview(now.conversation, now.knowledge)
        if step.question is None:
            return [SlotSet("stage", "enough"), SlotSet("asked", None)]
        ask(dispatcher, now, step.question, "ask", echo(now))
        return open_events(step.question, now)

    @staticmethod
    def _after(dispatcher: CollectingDispatcher, now: Scene) -> list[dict[str, Any]]:
        if any(f.family != "sign" for f in now.conversation.turns[-1].findings):
            return [SlotSet("stage", "enough")]
        say(dispatcher, anything_else())
        return [SlotSet("stage", "recommended")]


def anything_else() -> Reply:
    """Return what a person may do when all is said."""
    return reply(
        "Is there anything else you would like to know?",
        {"card": "notice", "id": "anything_else"},
        (
            ("Warning signs", '/ask{"topic": "warning_signs"}'),
            ("Exercises", '/ask{"topic": "exercises_back"}'),
            ("My page", "/summary_please"),
            ("Start over", "/start_over"),
        ),
    )


def resume(dispatcher: CollectingDispatcher, now: Scene) -> list[dict[str, Any]]:
    """Take the thread up again, in other words than before."""
    if now.stage == "recommended":
        say(dispatcher, anything_else())
        return []
    name = now.open_question
    if name and not answered(name, now.story):
        if not passed_over(now, name):
            ask(dispatcher, now, name, "again")
            safety = now.knowledge.questions[name].card == "safety_check"
            return open_events(name, now) if safety else []
        # Who asks is left in peace; an answer that was not understood is let go.
        if now.conversation.turns[-1].move == "ask":
            return pause(dispatcher)
    if not now.story:
        dispatcher.utter_message(response="utter_invite")
        return []
    step = interview(now.conversation, now.knowledge)
    if step.question is None:
        if passed_over(now, None):
            return pause(dispatcher)
        say(dispatcher, ready())
        return [SlotSet("asked", None)]
    ask(dispatcher, now, step.question, "ask")
    return open_events(step.question, now)


def passed_over(now: Scene, question: str | None) -> bool:
    """Whether the person went past the open question twice; then it is not pressed on them."""
    latest = now.conversation.turns[-PUT_IN_A_ROW:]
    if latest[-1].move == "back_to_question":
        return False
    if question in now.conversation.checks:
        return now.conversation.checks.count(question) >= PUT_IN_A_ROW
    return len(latest) == PUT_IN_A_ROW and all(turn.asked == question for turn in latest)


def pause(dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    """Let the open question go, and leave it to the person when to go on."""
    text = "Ask me as much as you like. We go on when you are ready."
    card = {"card": "notice", "id": "pause"}
    say(dispatcher, reply(text, card, (GO_ON, ("My page so far", "/summary_please"))))
    return [SlotSet("asked", None)]


def ready() -> Reply:
    """Return the offer to explain, when enough is known."""
    return reply(
        "I think I know enough. Shall I tell you what I make of it?",
        {"card": "question", "id": "ready", "options": [], "why": ""},
        (("Yes, please", "/affirm"), ("My page so far", "/summary_please")),
    )


class ActionResume(Action):
    """Goes back to the open question after something else."""

    def name(self) -> str:
        return "action_resume"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        return resume(dispatcher, await scene(tracker))
