"""Ask the next question, or say that enough is known."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.tracker import Scene, say, scene
from bot.knowledge.concepts import Assertion, Finding, Urgency
from bot.reasoning.cards import (
    GO_ON,
    PAGE,
    Reply,
    come_back,
    places_of,
    question,
    reply,
    safety_check,
    said_between,
)
from bot.reasoning.conversation import COUNTED, RETURN, story_of
from bot.reasoning.interview import (
    PUT_AT_MOST,
    answered,
    left_open,
    next_question,
    question_before,
    unanswered,
)
from bot.reasoning.triage import CRISIS, in_region

Events = list[dict[str, Any]]
# So many findings in one message are worth a word of what was understood.
WORTH_ECHOING = 2
ECHOED_AT_MOST = 6
# Who tells these after urgent advice tells more of the same, and does not wish to go on.
GRAVE = ("sensation.numbness", "sensation.weakness", "sensation.cold")
WORDINGS = ("ask", "again", "simpler")


def ask(
    dispatcher: CollectingDispatcher, now: Scene, name: str, opening: str = "", wording: str | None = None
) -> Events:
    """Put a question, each time in other words; return the slots that say it stands open."""
    asked = now.knowledge.questions[name]
    times = now.conversation.asked.count(name)
    text = in_region(getattr(asked, wording or WORDINGS[min(times, 2)]), places_of(now.region))
    text = f"{opening} {text}".strip()
    opened = [SlotSet("stage", "interview"), SlotSet("asked", name)]
    if asked.card == "safety_check":
        say(dispatcher, safety_check(now.knowledge.red_flags[name], now.region, text))
        return [*opened, SlotSet("check", name)]
    say(dispatcher, question(asked, text, _side(now)))
    return opened


def check_again(dispatcher: CollectingDispatcher, now: Scene, opening: str = "", wording: str = "") -> Events:
    """Put the safety check that still waits once more."""
    name = str(now.conversation.open_check)
    if name == now.conversation.open_question:
        return ask(dispatcher, now, name, opening, wording or None)
    flag = now.knowledge.red_flags[name]
    say(dispatcher, safety_check(flag, now.region, f"{opening} {flag.check}".strip()))
    return [SlotSet("check", name)]


def may_check_again(now: Scene) -> bool:
    """Whether a safety check waits that was not put too often; more than twice is pressing."""
    check = now.conversation.open_check
    return check is not None and now.conversation.checks.count(check) < PUT_AT_MOST


def _side(now: Scene) -> str:
    sides = [f.value for f in now.story.values() if f.family == "side" and f.assertion is Assertion.PRESENT]
    return sides[0] if len(sides) == 1 else "unknown"


def labels(now: Scene, findings: list[Finding]) -> str:
    """Return findings that the person has in words, each once and not too many."""
    told = [
        now.knowledge.concepts[f.concept].label
        for f in findings
        if f.assertion in (Assertion.PRESENT, Assertion.POSSIBLE)
        and f.concept in now.knowledge.concepts
        and f.family != "sign"
    ]
    return ", ".join(list(dict.fromkeys(told))[:ECHOED_AT_MOST])


def echo(now: Scene) -> str:
    """Return what was understood of the latest message, where it told a lot or asked something, too."""
    told = labels(now, list(now.latest.findings))
    if not told or now.latest.text.startswith("/"):
        return ""
    if now.latest.move == "ask":
        return now.knowledge.phrases["noted"].format(what=told)
    enough = told.count(", ") + 1 >= WORTH_ECHOING
    return now.knowledge.phrases["heard"].format(what=told) if enough else ""


def introduce(dispatcher: CollectingDispatcher, now: Scene) -> None:
    """Say once what this is and is not."""
    if not now.conversation.introduced:
        dispatcher.utter_message(response="utter_about_me")


def ask_to_return(dispatcher: CollectingDispatcher, now: Scene) -> Events:
    """Ask whether what an earlier session told still counts."""
    say(dispatcher, come_back(now.knowledge.phrases))
    return [SlotSet("asked", RETURN)]


class ActionInterview(Action):
    """Carries out what the interview decides."""

    def name(self) -> str:
        return "action_interview"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        if now.conversation.returning:
            return ask_to_return(dispatcher, now)
        if leaves_it(now):
            say(dispatcher, first_things_first(now, PAGE) if alarmed(now) else rest(now))
            return [SlotSet("stage", "recommended" if now.stage == "recommended" else "interview")]
        introduce(dispatcher, now)
        if now.stage == "recommended" or (now.conversation.rejoined and "referral" in now.conversation.cards):
            return self._after(dispatcher, now)
        if not now.story and not now.conversation.asked:
            dispatcher.utter_message(response="utter_invite")
            return [SlotSet("stage", "interview"), SlotSet("asked", None)]
        name = unanswered(now.conversation, now.story) or next_question(now.conversation, now.knowledge)
        if name is None:
            return [SlotSet("stage", "enough"), SlotSet("asked", None)]
        return ask(dispatcher, now, name, opening(now, name))

    @staticmethod
    def _after(dispatcher: CollectingDispatcher, now: Scene) -> Events:
        if any(f.family != "sign" for f in now.latest.findings):
            return [SlotSet("stage", "enough")]
        if now.latest.move == "deny":
            dispatcher.utter_message(response="utter_goodbye")
        elif now.latest.move == "affirm" and not now.conversation.rejoined:
            say(dispatcher, said_between(now.knowledge.phrases, "what_else"))
        else:
            say(dispatcher, anything_else(now, opening(now)))
        return [SlotSet("stage", "recommended"), SlotSet("asked", None)]


def opening(now: Scene, name: str | None = None) -> str:
    """Return the words before the question `name`: what was understood, or that it was not answered."""
    phrases = now.knowledge.phrases
    if now.conversation.rejoined:
        earlier = now.conversation.turns[: now.conversation.rejoined]
        told = labels(now, list(story_of(earlier, now.knowledge.questions).values()))
        return phrases["recap"].format(what=told)
    if now.latest.move == "correction":
        return ""
    if name != now.latest.asked or now.latest.after_check:
        return echo(now) or thanks(now)
    told = labels(now, list(now.latest.findings))
    if told:
        return phrases["noted"].format(what=told)
    return phrases["which_one"] if now.latest.move == "affirm" else phrases["not_caught"]


def thanks(now: Scene) -> str:
    """Return a short word for an answer, not always the same; none before the first answer."""
    asked = len(set(now.conversation.asked))
    return now.knowledge.phrases[f"thanks_{asked % 3 + 1}"] if now.latest.asked else ""


def alarmed(now: Scene) -> bool:
    """Whether the person has just been told to get help, today or at once."""
    flag = now.knowledge.red_flags.get(now.latest.after_alarm or "")
    return flag is not None and flag.urgency >= Urgency.SAME_DAY


def leaves_it(now: Scene) -> bool:
    """Whether this is but a word of reply to urgent advice, or to our waiting: no answer to any question."""
    told = [finding for finding in now.latest.findings if finding.family != "sign"]
    if alarmed(now):
        still = now.latest.move == "correction" and now.latest.after_alarm not in now.conversation.corrected
        more = any(finding.concept in GRAVE and finding.assertion in COUNTED for finding in told)
        again = any(flag == now.latest.after_alarm for flag, _ in now.latest.sightings)
        if still or more or again:
            return True
    if told or now.latest.move == "correction":
        return False
    return alarmed(now) or now.conversation.waits is not None


def first_things_first(now: Scene, *buttons: tuple[str, str]) -> Reply:
    """Return what to do first once more, after urgent advice that the person has but replied to."""
    flag = now.knowledge.red_flags[str(now.latest.after_alarm)]
    name = "after_crisis" if flag.id == CRISIS else "after_alarm"
    do = in_region(flag.do[0], places_of(now.region))
    text = now.knowledge.phrases[name].format(do=do)
    return reply(text, {"card": "notice", "id": name}, (GO_ON, *buttons))


def rest(now: Scene) -> Reply:
    """Return that we wait until the person wants to go on."""
    return said_between(now.knowledge.phrases, "pause", GO_ON, PAGE)


def anything_else(now: Scene, opening: str = "") -> Reply:
    """Return what a person may do when all is said."""
    return reply(
        f"{opening} {now.knowledge.phrases['anything_else']}".strip(),
        {"card": "notice", "id": "anything_else"},
        (
            ("Warning signs", '/ask{"topic": "warning_signs"}'),
            ("Exercises", '/ask{"topic": "exercises_back"}'),
            ("My page", "/summary_please"),
            ("Start over", "/start_over"),
        ),
    )


def resume(dispatcher: CollectingDispatcher, now: Scene) -> Events:
    """Take the thread up again, in other words than before."""
    if now.conversation.returning:
        return ask_to_return(dispatcher, now)
    if now.conversation.open_question == RETURN:
        say(dispatcher, come_back(now.knowledge.phrases, "return_again"))
        return []
    if may_check_again(now):
        return check_again(dispatcher, now)
    going_back = now.latest.move == "back_to_question"
    if alarmed(now) and not going_back:
        say(dispatcher, first_things_first(now))
        return []
    if now.conversation.waits:
        say(dispatcher, rest(now))
        return []
    introduce(dispatcher, now)
    before = question_before(now.conversation) if going_back else None
    # "Back to your question" names one; the button that goes on does not press it again.
    if going_back and not now.latest.text.startswith("/"):
        before = before or left_open(now.conversation, now.story)
    if before in now.knowledge.questions:
        return ask(dispatcher, now, str(before))
    if now.stage == "recommended":
        say(dispatcher, anything_else(now))
        return []
    return _next(dispatcher, now, pressed=not going_back)


def _next(dispatcher: CollectingDispatcher, now: Scene, pressed: bool) -> Events:
    """Put the question that waits, or the next one; who was asked twice and went past it is left in peace."""
    waiting = unanswered(now.conversation, now.story)
    if waiting:
        return ask(dispatcher, now, waiting, echo(now))
    if not now.story:
        dispatcher.utter_message(response="utter_invite")
        return []
    asks = now.latest.move == "ask"
    open_question = now.conversation.open_question
    passed_by = open_question is not None and not answered(open_question, now.story)
    following = next_question(now.conversation, now.knowledge)
    if pressed and ((asks and passed_by) or (following is None and _just_offered(now))):
        say(dispatcher, rest(now))
        return [SlotSet("asked", None)]
    if following is None:
        say(dispatcher, ready(now))
        return [SlotSet("asked", None)]
    return ask(dispatcher, now, following, echo(now))


def _just_offered(now: Scene) -> bool:
    """Whether the two latest messages came with no question of ours open, and so went past our offer."""
    latest = now.conversation.turns[-2:]
    return len(latest) == 2 and all(turn.asked is None for turn in latest)


def ready(now: Scene) -> Reply:
    """Return the offer to explain, when enough is known."""
    return reply(
        now.knowledge.phrases["ready"],
        {"card": "question", "id": "ready", "options": [], "why": ""},
        (("Yes, please", "/affirm"), PAGE),
    )


class ActionResume(Action):
    """Goes back to the open question after something else."""

    def name(self) -> str:
        return "action_resume"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        return resume(dispatcher, await scene(tracker))


class ActionWelcome(Action):
    """Meets a greeting: who we are to somebody new, a question to somebody who comes back."""

    def name(self) -> str:
        return "action_welcome"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        now = await scene(tracker)
        if now.conversation.returning or now.conversation.open_question or now.story:
            return resume(dispatcher, now)
        dispatcher.utter_message(response="utter_welcome")
        return []
