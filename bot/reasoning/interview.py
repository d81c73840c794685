"""What to ask next, or that enough is known. Asks only what would change the picture."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge.concepts import Assertion, Finding, Fit, Knowledge, Question
from bot.reasoning.conversation import COUNTED, RETURN, Conversation, story_of
from bot.reasoning.links import balances, links

QUESTIONS_AT_MOST = 8
# Put to everyone whose back hurts or whose legs feel it; its reply is a safety check's.
SAFETY_QUESTION = "cauda_equina"
# These two stand behind the whole question, so they come first where the story left them out.
CORE = ("foot_site", "back_pain")
NEEDS = {
    "radiates_down_leg": (
        "back_pain.current",
        "back_pain.past",
        "sensation.tingling",
        "sensation.numbness",
        "sensation.shooting",
        "sensation.burning",
    ),
    "onset_order": ("back_pain.current", "back_pain.past"),
    "back_condition": ("back_pain.current", "back_pain.past"),
}
# Who tells this has told the other in passing.
IMPLIED = {"onset_order": ("gait.altered_after_back_pain",)}
# Below this a question's answers would hardly move the four apart.
WORTH_ASKING = 1.0
# A question that got no answer is put once more, in other words, and then let go.
PUT_AT_MOST = 2
# Who says this to a question has answered it, though it tells nothing.
PASSES = ("deny", "dont_know")
# Who did this last has answered a question; "go back" then means the question before.
ANSWERS = ("tell", "affirm", "deny", "dont_know", "correction")


def next_question(conversation: Conversation, knowledge: Knowledge) -> str | None:
    """Return the next question for the conversation; None when enough is known."""
    story = story_of(conversation.turns, knowledge.questions)
    put = list(dict.fromkeys(conversation.asked))
    # A safety check of triage's is a question too, for whoever has to answer it.
    spent = len({*put, *conversation.checks})
    if spent >= QUESTIONS_AT_MOST:
        return None
    return _next(story, put, spent, conversation, knowledge)


def _next(
    story: Mapping[str, Finding],
    put: list[str],
    spent: int,
    conversation: Conversation,
    knowledge: Knowledge,
) -> str | None:
    open_core = [q for q in CORE if not answered(q, story) and q not in put]
    if open_core:
        return open_core[0]
    safety = _safety(story, put, conversation)
    best = max(
        (
            (separation(knowledge.questions[q], story, knowledge), q)
            for q in knowledge.questions
            if q not in put and q not in CORE and q != "risk" and may_ask(q, story)
        ),
        default=(0.0, ""),
    )
    enough = best[0] < WORTH_ASKING or (settled(story, knowledge) and len(put) >= 3)
    # Safety stands in the middle, so that it is reached however soon the picture is clear.
    if safety and (enough or len(put) >= 3 or spent + len(safety) >= QUESTIONS_AT_MOST):
        return safety[0]
    return None if enough else best[1]


def unanswered(conversation: Conversation, story: Mapping[str, Finding]) -> str | None:
    """Return the question that still waits: neither answered nor skipped nor put too often."""
    for question in (conversation.open_question, *conversation.asked[-1:]):
        if question is None or question == RETURN or not _makes_sense(question, story):
            continue
        # A safety question is put by triage, too.
        times = max(conversation.asked.count(question), conversation.checks.count(question))
        if times < PUT_AT_MOST and not _passed(question, conversation):
            return question
    return None


def left_open(conversation: Conversation, story: Mapping[str, Finding]) -> str | None:
    """Return the latest question where it got no answer, however often it was put."""
    for question in conversation.asked[-1:]:
        if question != RETURN and not answered(question, story) and not _passed(question, conversation):
            return question
    return None


def _makes_sense(question: str, story: Mapping[str, Finding]) -> bool:
    if question in (SAFETY_QUESTION, "risk", *CORE):
        return not answered(question, story)
    return may_ask(question, story)


def _passed(question: str, conversation: Conversation) -> bool:
    """Whether a reply left the question open for good."""
    for turn in conversation.turns:
        if turn.after_check == question and turn.move in (*PASSES, "affirm"):
            return True
        if turn.asked == question and not turn.after_check and turn.move in PASSES:
            return True
    return False


def question_before(conversation: Conversation) -> str | None:
    """Return the question that "go back" means: the one just answered, where the latest stands open."""
    if len(conversation.turns) < 2:
        return None
    answer, latest = conversation.turns[-2:]
    if latest.after_alarm and conversation.open_question is None:
        return None
    if answer.move not in ANSWERS or answer.asked in (None, RETURN, conversation.open_question):
        return None
    return answer.asked


def answered(question: str, story: Mapping[str, Finding]) -> bool:
    """Whether the story already holds something of the question's family."""
    return any(
        f.family == question
        and f.assertion is not Assertion.FAMILY
        and f.assertion is not Assertion.HYPOTHETICAL
        for f in story.values()
    )


def may_ask(question: str, story: Mapping[str, Finding]) -> bool:
    """Whether a question makes sense and was not answered unasked."""
    if answered(question, story):
        return False
    if any(c in story and story[c].assertion in COUNTED for c in IMPLIED.get(question, ())):
        return False
    needs = NEEDS.get(question)
    return needs is None or any(c in story and story[c].assertion in COUNTED for c in needs)


def _safety(story: Mapping[str, Finding], put: list[str], conversation: Conversation) -> list[str]:
    """The safety items not yet covered."""
    items = []
    back = any(
        c in story and story[c].assertion in COUNTED
        for c in (
            "back_pain.current",
            "radiates_down_leg.yes",
            "back_condition.herniated_disc",
            "back_condition.spinal_stenosis",
            "back_condition.sciatica",
        )
    )
    if back and SAFETY_QUESTION not in put and SAFETY_QUESTION not in conversation.checks:
        items.append(SAFETY_QUESTION)
    if "risk" not in put and sum(f.family == "risk" for f in story.values()) < 2:
        items.append("risk")
    return items


def settled(story: Mapping[str, Finding], knowledge: Knowledge) -> bool:
    """Whether the picture is clear: one mechanism fits well and what comes next is two steps behind."""
    found = links(story, knowledge)
    return found[0].fit is Fit.WELL and found[0].balance - found[1].balance >= 3


def separation(question: Question, story: Mapping[str, Finding], knowledge: Knowledge) -> float:
    """Return how far the question's answers would move the mechanisms apart, in cue weights.

    The mean over its choices of the spread between the mechanism that gains most and the one that
    gains least; an answer that tells nothing counts as no spread.
    """
    before = balances(story, knowledge)
    spreads = []
    for option in question.options:
        told = dict(story)
        for tell in option.tells:
            concept = tell.removeprefix("no ")
            assertion = Assertion.ABSENT if tell.startswith("no ") else Assertion.PRESENT
            told[concept] = Finding(concept, assertion)
        gains = [after - now for after, now in zip(balances(told, knowledge), before)]
        spreads.append(max(gains) - min(gains))
    return sum(spreads) / len(spreads) if spreads else 0.0
