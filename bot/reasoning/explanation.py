"""Say why: reasons in the person's own terms, advice that suits the story, whom to see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.knowledge.concepts import (
    Advice,
    Certainty,
    Cue,
    Finding,
    FirstStep,
    Fit,
    Knowledge,
    Mechanism,
    Statement,
    alternatives,
)
from bot.reasoning.conversation import COUNTED, all_hold
from bot.reasoning.links import Link, links, others

# Words longer than this are a story, not a quotation; one word alone is none either.
QUOTABLE = 60
WORDS_AT_LEAST = 2
_BARE = re.compile(r"\W*(?:not really|not sure|no idea)\W*", re.IGNORECASE)
ADVICE_AT_MOST = 4
# How sure of a link is too little to say that back and foot may well be linked.
WEAK = (Certainty.LIMITED, Certainty.THEORY)


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
    return Explanation(found, other, verdict(found, other, knowledge.phrases))


def verdict(found: tuple[Link, ...], other: tuple[Link, ...], phrases: Mapping[str, str]) -> str:
    """Answer the seed question in one sentence, without a diagnosis."""
    fitting = [one for one in found if one.fit is Fit.WELL]
    well = _names(fitting)
    partly = _names(one for one in found if one.fit is Fit.PARTLY)
    local = _names((one for one in other if one.fit is Fit.WELL), 1)
    said = [phrases["verdict_none" if _mostly_against(found) else "verdict_open"]]
    if well:
        proven = any(one.mechanism.certainty not in WEAK for one in fitting)
        said = [phrases["verdict_well" if proven else "verdict_well_weak"].format(names=well)]
        said += [phrases["verdict_well_but"].format(names=local)] if local else []
    elif partly and local:
        said = [phrases["verdict_partly_but"].format(names=partly, other=local)]
    elif partly:
        said = [phrases["verdict_partly"].format(names=partly)]
    elif local:
        said = [phrases["verdict_other"].format(names=local)]
    elif other:
        said += [phrases["verdict_none_but"].format(names=_names(other, 1))]
    return " ".join([*said, phrases["verdict_end"]])


def _mostly_against(found: tuple[Link, ...]) -> bool:
    """Whether what was told speaks against, not only too little for, a link with the back."""
    return 2 * sum(one.fit is Fit.AGAINST for one in found) >= len(found) > 0


def _names(found: Iterable[Link], most: int = 2) -> str:
    return " and ".join(lower_first(one.mechanism.name) for one in list(found)[:most])


def lower_first(text: str) -> str:
    """Return the text with a small first letter, for the middle of a sentence."""
    return text[:1].lower() + text[1:]


def reason(cue: Cue, story: Mapping[str, Finding]) -> Reason:
    """Return a cue as a reason, with the words that met it."""
    for condition in cue.when:
        for part in alternatives(condition):
            finding = story.get(part.removeprefix("no "))
            if finding and _quotable(finding.words):
                return Reason(cue.say, finding.words, cue.sources)
    return Reason(cue.say, "", cue.sources)


def _quotable(words: str) -> bool:
    """Whether a person's words are worth quoting: neither a story nor a bare yes or no."""
    enough = len(words.split()) >= WORDS_AT_LEAST and len(words) <= QUOTABLE
    return enough and not _BARE.fullmatch(words)


def advice_for(
    explanation: Explanation, story: Mapping[str, Finding], knowledge: Knowledge
) -> dict[str, list[Advice]]:
    """Return what may help the back, the feet or both, and what to avoid, for this story."""
    fitting = {one.mechanism.id for one in (*explanation.links, *explanation.others) if one.fits}
    present = {c for c, f in story.items() if f.assertion in COUNTED}
    suited = [
        (len(fitting & set(a.helps)) + len(present & set(a.helps)), a)
        for a in knowledge.advice.values()
        if not present & set(a.not_when)
    ]
    suited.sort(key=lambda pair: -pair[0])
    picked: dict[str, list[Advice]] = {"both": [], "back": [], "feet": [], "avoid": []}
    for points, advice in suited:
        place = picked["avoid" if advice.avoid else advice.target]
        if len(place) < ADVICE_AT_MOST and (points or not advice.helps):
            place.append(advice)
    if "back_pain.never" in present:
        picked["back"] = []
    return picked


def care_both_ways(explanation: Explanation, story: Mapping[str, Finding]) -> list[Statement]:
    """Return what back care may do for the feet and foot care for the back, by the mechanism that fits best."""
    if "back_pain.never" in story and story["back_pain.never"].assertion in COUNTED:
        return []
    best = next((one.mechanism for one in explanation.links if one.fits), None)
    return [*best.back_care[:1], *best.foot_care[:1]] if isinstance(best, Mechanism) else []


def first_step(story: Mapping[str, Finding], knowledge: Knowledge) -> FirstStep:
    """Return whom to see first: the first of the clinicians' rules that holds."""
    return next(step for step in knowledge.referral.first_step if all_hold(step.when, story))
