"""The page to bring along: one page in the person's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.concepts import Assertion, Finding, Fit, Knowledge
from bot.reasoning.conversation import Conversation, all_hold, story_of
from bot.reasoning.explanation import explain, first_step

WORDS_AT_MOST = 280
QUESTIONS_AT_MOST = 6
_HEADINGS = {
    Assertion.PRESENT: "You told me",
    Assertion.POSSIBLE: "Perhaps",
    Assertion.ABSENT: "You said no to",
    Assertion.HISTORICAL: "In the past",
    Assertion.FAMILY: "In the family",
}
_PARTS = {
    "Your feet": ("foot_site", "side", "sensation", "timing", "relief"),
    "Your back": ("back_pain", "radiates_down_leg", "back_condition"),
    "How you walk, your shoes, your days": ("gait", "footwear", "muscles", "load"),
    "Your health": ("risk",),
}
_ANSWERS = {"affirm": "yes", "deny": "no", "dont_know": "not sure"}


@dataclass(frozen=True)
class Section:
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]


def summary(conversation: Conversation, knowledge: Knowledge) -> list[Section]:
    """Return the page's sections, empty ones left out."""
    story = story_of(conversation.turns, knowledge.questions)
    explanation = explain(story, knowledge)
    fits = [one for one in explanation.links if one.fits]
    misfits = [one for one in explanation.links if one.fit is Fit.AGAINST]
    sections = [
        Section("In your own words", _own_words(conversation)),
        *(Section(title, _told(story, families, knowledge)) for title, families in _PARTS.items()),
        Section("Time", _time(story, knowledge)),
        Section("How bad it is, in numbers", _severity(conversation)),
        Section(
            "What may fit",
            tuple(
                f"{one.mechanism.name}: {knowledge.phrases[f'fit_{one.fit.value}']}"
                for one in (*fits, *explanation.others)
            ),
        ),
        Section("What does not fit", tuple(one.mechanism.name for one in misfits)),
        Section("Warning signs", _warning_signs(conversation, knowledge)),
        Section("Where to start", (first_step(story, knowledge).say,)),
        Section("Questions for the clinicians", _questions(story, knowledge)),
    ]
    return [section for section in sections if section.lines]


def _own_words(conversation: Conversation) -> tuple[str, ...]:
    told = [t.text for t in conversation.turns if t.move == "tell" and not t.text.startswith("/")]
    longest = max(told, key=len, default="")
    cut = longest if len(longest) <= WORDS_AT_MOST else longest[:WORDS_AT_MOST].rsplit(" ", 1)[0] + " ..."
    return (cut,) if cut else ()


def _told(story: Mapping[str, Finding], families: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    lines = []
    for assertion, heading in _HEADINGS.items():
        labels = [
            knowledge.concepts[c].label
            for c, f in story.items()
            if f.assertion is assertion and c in knowledge.concepts and f.family in families
        ]
        if labels:
            lines.append(f"{heading}: {', '.join(labels)}")
    return tuple(lines)


def _time(story: Mapping[str, Finding], knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(
        f"{knowledge.concepts[c].label}" + (f' ("{f.words}")' if f.words and len(f.words) < 60 else "")
        for c, f in story.items()
        if f.family in ("duration", "onset_order") and f.assertion is Assertion.PRESENT
    )


def _severity(conversation: Conversation) -> tuple[str, ...]:
    told = [f"{turn.severity} of 10" for turn in conversation.turns if turn.severity]
    return tuple(told[-1:])


def _warning_signs(conversation: Conversation, knowledge: Knowledge) -> tuple[str, ...]:
    alarms = [
        f"Talked about: {knowledge.red_flags[a].name} ({knowledge.phrases[f'urgency_{knowledge.red_flags[a].urgency.name.lower()}']})"
        for a in dict.fromkeys(conversation.alarms)
        if a in knowledge.red_flags and a not in conversation.corrected
    ]
    asked = [
        f"Asked about: {knowledge.red_flags[c].name}{_answer_to(c, conversation)}"
        for c in dict.fromkeys((*conversation.checks, *conversation.asked))
        if c in knowledge.red_flags and c not in conversation.alarms
    ]
    return tuple(alarms + asked)


def _answer_to(check: str, conversation: Conversation) -> str:
    replies = [t.move for t in conversation.turns if t.after_check == check and t.move in _ANSWERS]
    return f" (you said: {_ANSWERS[replies[-1]]})" if replies else ""


def _questions(story: Mapping[str, Finding], knowledge: Knowledge) -> tuple[str, ...]:
    fitting = [item for item in knowledge.referral.ask if all_hold(item.when, story)]
    # Those that suit this story first, then the ones for everybody.
    fitting.sort(key=lambda item: not item.when)
    return tuple(item.say for item in fitting)[:QUESTIONS_AT_MOST]


def as_text(sections: list[Section]) -> str:
    """Return the page as plain text."""
    return "\n\n".join(
        "\n".join([section.title, *(f"- {line}" for line in section.lines)]) for section in sections
    )
