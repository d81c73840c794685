"""Say why: reasons in the person's own terms, advice that suits the story, whom to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.concepts import (
    Advice,
    Cue,
    Finding,
    FirstStep,
    Fit,
    Knowledge,
)
from bot.reasoning.conversation import COUNTED, all_hold
from bot.reasoning.links import Link, links, others

# Words longer than this are a story, not a quotation.
QUOTABLE = 60
ADVICE_AT_MOST = 4


@dataclass(frozen=True)
class Reason:
    """Why a mechanism fits or not, with the person's words where they are short enough."""

    say: str
    words: str
    sources: tuple[str, ...]

    @property
    def text(self) -> str:
        return f'{self.say} (You said: "{self.words}")' if self.words else self.say


@dataclass(frozen=True)
class Explanation:
    """The whole picture: the four mechanisms, other explanations, and one sentence that sums up."""

    links: tuple[Link, ...]
    others: tuple[Link, ...]
    verdict: str


def explain(story: Mapping[str, Finding], knowledge: Knowledge) -> Explanation:
    """Return the picture that the story makes."""
    found = tuple(links(story, knowledge))
    other = tuple(others(story, knowledge))
    return Explanation(found, other, verdict(found, other))


def verdict(found: tuple[Link, ...], other: tuple[Link, ...]) -> str:
    """Answer the seed question in one sentence, without a diagnosis."""
    well = [one for one in found if one.fit is Fit.WELL]
    partly = [one for one in found if one.fit is Fit.PARTLY]
    local = [one for one in other if one.fit is Fit.WELL]
    if well:
        names = " and ".join(lower_first(one.mechanism.name) for one in well[:2])
        text = f"Your back and your foot may well be linked. What you told me fits best with this: {names}."
        if local:
            text += f" But this could also explain a lot: {lower_first(local[0].mechanism.name)}."
    elif partly:
        names = " and ".join(lower_first(one.mechanism.name) for one in partly[:2])
        text = f"A link with your back is possible, but not clear. What fits in part is this: {names}."
        if local:
            text = f"More points to another cause: {lower_first(local[0].mechanism.name)}. A link with your back fits in part: {names}."
    elif local or other:
        text = f"What you told me points more to another cause: {lower_first((local or list(other))[0].mechanism.name)}."
    else:
        text = "None of the four links fits clearly with what you told me."
    return f"{text} Only an exam can tell."


def lower_first(text: str) -> str:
    """Return the text with a small first letter, for the middle of a sentence."""
    return text[:1].lower() + text[1:]


def reason(cue: Cue, story: Mapping[str, Finding]) -> Reason:
    """Return a cue as a reason, with the words that met it."""
    for condition in cue.when:
        for part in condition.split("|"):
            finding = story.get(part.strip().removeprefix("no "))
            if finding and finding.words and len(finding.words) <= QUOTABLE:
                return Reason(cue.say, finding.words, cue.sources)
    return Reason(cue.say, "", cue.sources)


def advice_for(
    explanation: Explanation, story: Mapping[str, Finding], knowledge: Knowledge
) -> dict[str, list[Advice]]:
    """Return what may help the back and the feet, and what to avoid, for this story."""
    fitting = {
        one.mechanism.id
        for one in (*explanation.links, *explanation.others)
        if one.fit in (Fit.WELL, Fit.PARTLY)
    }
    present = {c for c, f in story.items() if f.assertion in COUNTED}
    suited = [
        (len(fitting & set(a.helps)) + len(present & set(a.helps)), a)
        for a in knowledge.advice.values()
        if not present & set(a.not_when)
    ]
    suited.sort(key=lambda pair: -pair[0])
    picked: dict[str, list[Advice]] = {"back": [], "feet": [], "avoid": []}
    for points, advice in suited:
        if points == 0 and advice.helps:
            continue
        for place in _places(advice):
            if len(picked[place]) < ADVICE_AT_MOST:
                picked[place].append(advice)
    return picked


def _places(advice: Advice) -> tuple[str, ...]:
    if advice.avoid:
        return ("avoid",)
    return ("back", "feet") if advice.target == "both" else (advice.target,)


def first_step(story: Mapping[str, Finding], knowledge: Knowledge) -> FirstStep:
    """Return whom to see first: the first of the clinicians' rules that holds."""
    return next(step for step in knowledge.referral.first_step if all_hold(step.when, story))
