"""Cards: a reply's fields for channels that draw, each with a complete plain-text form.

A reply is a dictionary as Rasa carries it: text, custom (the card) and buttons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.knowledge.concepts import (
    Finding,
    Knowledge,
    Mechanism,
    Question,
    RedFlag,
    Region,
    Source,
    Statement,
    Topic,
    Urgency,
)
from bot.reasoning.conversation import RETURN, all_hold
from bot.reasoning.explanation import Explanation, Reason, advice_for, care_both_ways, first_step, reason
from bot.reasoning.links import Link
from bot.reasoning.summary import Section, as_text
from bot.reasoning.triage import CRISIS, in_region

Reply = dict[str, Any]
YES_NO = (("Yes", "/affirm"), ("No", "/deny"), ("Not sure", "/dont_know"))
URGENT_TITLES = {
    Urgency.EMERGENCY: "Get help now",
    Urgency.SAME_DAY: "Please be seen today",
    Urgency.WITHIN_DAYS: "Please be seen in the next days",
}
GO_ON = ("Go on with the talk", "/back_to_question")
PAGE = ("My page so far", "/summary_please")
MISTAKE = ("That was a mistake", "/correction")


def reply(text: str, card: Mapping[str, Any], buttons: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return a reply of text, card and buttons (title, payload)."""
    return {
        "text": text,
        "custom": dict(card),
        "buttons": [{"title": title, "payload": payload} for title, payload in buttons],
    }


def places_of(region: Region) -> dict[str, str]:
    """Return the names that stand for {emergency_number} and the like in this region."""
    return {
        "emergency_number": region.emergency_number,
        "emergency_room": region.emergency_room,
        "urgent_line": region.urgent_line,
        "family_doctor": region.family_doctor,
    }


def urgent_care(flag: RedFlag, region: Region, knowledge: Knowledge) -> Reply:
    """Return the advice for a red flag: what to do first, why second."""
    places = places_of(region)
    steps = [in_region(step, places) for step in flag.do]
    title = URGENT_TITLES[flag.urgency]
    if flag.id == CRISIS:
        # A warm word, the numbers at the top, and that one may stay.
        title = knowledge.phrases["crisis_title"]
        steps[1:2] = crisis_lines(region) or steps[1:2]
    cited = sources(flag.sources, knowledge)
    lines = [f"{title}.", *(f"{n}. {step}" for n, step in enumerate(steps, 1))]
    lines += ["", in_region(flag.means.say, places)]
    if flag.id != CRISIS:
        lines.append(_sources_line(cited))
    card = {
        "card": "urgent_care",
        "red_flag": flag.id,
        "urgency": flag.urgency.name.lower(),
        "title": title,
        "do": steps,
        "why": in_region(flag.means.say, places),
        "sources": cited,
    }
    buttons = () if flag.urgency is Urgency.WITHIN_DAYS else (GO_ON, MISTAKE)
    return reply("\n".join(lines), card, buttons)


def crisis_lines(region: Region) -> list[str]:
    """Return the region's crisis lines that were checked, beside its emergency number."""
    return [
        f"{line.name}: {line.how}."
        for line in region.crisis
        if line.checked != "unverified" and region.emergency_number not in line.how
    ]


def reason_of(flag: RedFlag, region: Region, knowledge: Knowledge) -> Reply:
    """Return why the advice for a red flag was given, with its sources."""
    cited = sources(flag.sources, knowledge)
    card = {"card": "answer", "topic": flag.id, "title": flag.name, "sources": cited}
    text = in_region(flag.means.say, places_of(region))
    return reply(f"{text}\n{_sources_line(cited)}", card, (GO_ON, MISTAKE))


def safety_check(flag: RedFlag, region: Region, text: str | None = None) -> Reply:
    """Return the one question that tells a clear sign from an unclear one."""
    card = {
        "card": "safety_check",
        "red_flag": flag.id,
        "id": flag.id,
        "urgency": flag.urgency.name.lower(),
        "options": [{"label": label, "value": payload} for label, payload in YES_NO],
    }
    return reply(in_region(text or flag.check, places_of(region)), card, YES_NO)


def question(asked: Question, text: str, side: str = "unknown") -> Reply:
    """Return a question of the interview with its choices."""
    choices = [(option.label, payload_of(asked, option.tells)) for option in asked.options]
    options = [{"label": label, "value": payload} for label, payload in choices]
    if asked.card == "foot_map":
        sites = [tell.partition(".")[2] for option in asked.options for tell in option.tells]
        card: dict[str, Any] = {
            "card": "foot_map",
            "id": asked.id,
            "side": side,
            "sites": sites,
            "options": options,
            "why": asked.why,
        }
    else:
        card = {"card": "question", "id": asked.id, "options": options, "why": asked.why}
    return reply(text, card, choices)


def payload_of(asked: Question, tells: tuple[str, ...]) -> str:
    """Return the payload of a choice; Telegram takes 64 bytes at most."""
    if not tells:
        return "/dont_know"
    if tells == asked.no:
        return "/deny"
    return f'/tell{{"finding": "{",".join(tells)}"}}'


def come_back(phrases: Mapping[str, str], wording: str = "return_ask", opening: str = "") -> Reply:
    """Return the question to somebody who told a story in an earlier session: does it still count?"""
    choices = (("Yes, go on", "/affirm"), ("No, start afresh", "/deny"))
    options = [{"label": label, "value": payload} for label, payload in choices]
    card = {"card": "question", "id": RETURN, "options": options, "why": phrases["return_why"]}
    return reply(f"{opening} {phrases[wording]}".strip(), card, choices)


def said_between(phrases: Mapping[str, str], name: str, *buttons: tuple[str, str]) -> Reply:
    """Return a short word of the assistant's own, and what may be done next."""
    return reply(phrases[name], {"card": "notice", "id": name}, buttons)


def sources(ids: Iterable[str], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return sources as cards carry them."""
    return [_source(knowledge.sources[name]) for name in dict.fromkeys(ids) if name in knowledge.sources]


def _source(source: Source) -> dict[str, Any]:
    return {
        "title": source.title,
        "organisation": source.organisation,
        "year": source.year,
        "url": source.url,
        "checked": source.checked,
    }


def _sources_line(cited: list[dict[str, Any]]) -> str:
    names = [
        f"{s['organisation']}, {s['title']}" + (f" ({s['year']})" if s["year"] else "") for s in cited[:3]
    ]
    return f"Source: {'; '.join(names)}" if names else ""


def said(statements: Iterable[Statement]) -> str:
    """Return statements as one paragraph."""
    return " ".join(statement.say for statement in statements)


def topic_answer(topic: Topic, more: bool, knowledge: Knowledge) -> Reply:
    """Return the short answer to a topic, or the longer one."""
    statements = topic.more if more and topic.more else topic.short
    cited = sources((s for statement in statements for s in statement.sources), knowledge)
    card = {
        "card": "answer",
        "topic": topic.id,
        "title": topic.title,
        "certainty": sorted({s.certainty.value for s in statements}),
        "sources": cited,
    }
    buttons = []
    if topic.more and not more:
        buttons.append(("Tell me more", f'/ask{{"topic": "{topic.id}", "more": "yes"}}'))
    buttons += [(knowledge.topics[name].title, f'/ask{{"topic": "{name}"}}') for name in topic.see_also[:2]]
    return reply(f"{said(statements)}\n{_sources_line(cited)}", card, buttons)


def links_card(explanation: Explanation, story: Mapping[str, Any], knowledge: Knowledge) -> Reply:
    """Return the four mechanisms with fit, reasons, certainty and sources, and what else may hurt."""
    lines = [explanation.verdict]
    for one in explanation.links:
        lines += ["", *_link_lines(one, story, knowledge)]
    if explanation.others:
        lines += ["", "Other things that could explain it:"]
        lines += [f"- {one.mechanism.name}. {one.mechanism.in_short}" for one in explanation.others]
    card = {
        "card": "links",
        "verdict": explanation.verdict,
        "links": [_link(one, story, knowledge) for one in explanation.links],
        "other": [_link(one, story, knowledge) for one in explanation.others],
    }
    return reply("\n".join(lines), card)


def _reasons(one: Link, story: Mapping[str, Any]) -> tuple[list[Reason], list[Reason]]:
    return (
        [reason(cue, story) for cue in one.reasons_for],
        [reason(cue, story) for cue in one.reasons_against],
    )


def _link_lines(one: Link, story: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    pro, contra = _reasons(one, story)
    lines = [f"{one.mechanism.name}: {knowledge.phrases[f'fit_{one.fit.value}']}."]
    lines += [f"+ {r.text}" for r in pro[:3]]
    lines += [f"- {r.text}" for r in contra[:2]]
    lines.append(knowledge.phrases[f"certainty_{one.mechanism.certainty.value}"])
    return lines + [statement.say for statement in _not_known(one)]


def _not_known(one: Link) -> tuple[Statement, ...]:
    """What nobody knows of a mechanism, where it fits: who takes it for the answer should hear it."""
    if not one.fits or not isinstance(one.mechanism, Mechanism):
        return ()
    return one.mechanism.limits[:1]


def _link(one: Link, story: Mapping[str, Any], knowledge: Knowledge) -> dict[str, Any]:
    pro, contra = _reasons(one, story)
    told: list[Statement | Reason] = [*_not_known(one), *pro, *contra, *one.mechanism.statements[:3]]
    ids = [source for each in told for source in each.sources]
    return {
        "mechanism": one.mechanism.id,
        "name": one.mechanism.name,
        "in_short": one.mechanism.in_short,
        "fit": one.fit.value,
        "fit_words": knowledge.phrases[f"fit_{one.fit.value}"],
        "for": [r.text for r in pro],
        "against": [r.text for r in contra],
        "certainty": one.mechanism.certainty.value,
        "certainty_words": knowledge.phrases[f"certainty_{one.mechanism.certainty.value}"],
        "not_known": [statement.say for statement in _not_known(one)],
        "sources": sources(ids, knowledge)[:6],
    }


def summary_card(sections: list[Section], url: str, finished: bool = True) -> Reply:
    """Return the page to bring along, as card and as text; before the talk is over, with a way on."""
    card = {
        "card": "summary",
        "sections": [{"title": s.title, "lines": list(s.lines)} for s in sections],
        "url": url,
    }
    text = "Here is a page to bring along.\n\n" + as_text(sections)
    return reply(text, card, (() if finished else (GO_ON,)) + (("Start over", "/start_over"),))


def advice_reply(explanation: Explanation, story: Mapping[str, Finding], knowledge: Knowledge) -> Reply:
    """Return what may help back and feet in this story, with cautions, and what to avoid."""
    picked = advice_for(explanation, story, knowledge)
    titles = {
        "both": "For back and feet",
        "back": "For your back",
        "feet": "For your feet",
        "avoid": "Better leave out",
    }
    both_ways = care_both_ways(explanation, story)
    parts = [("What care of one may do for the other", [statement.say for statement in both_ways])]
    for place, title in titles.items():
        parts.append((title, [f"{a.statement.say} {a.caution or ''}".strip() for a in picked[place]]))
    lines = ["What may help, as general advice:"]
    sections = []
    for title, items in parts:
        if items:
            lines += ["", title, *(f"- {item}" for item in items)]
            sections.append({"title": title, "lines": items})
    told = [*both_ways, *(a.statement for place in titles for a in picked[place])]
    cited = sources((s for statement in told for s in statement.sources), knowledge)
    lines += ["", _sources_line(cited)]
    card = {
        "card": "answer",
        "topic": "self_care",
        "title": "What may help",
        "sections": sections,
        "sources": cited,
    }
    return reply("\n".join(lines), card)


def referral_card(story: Mapping[str, Finding], knowledge: Knowledge, region: Region) -> Reply:
    """Return whom to see, with whom to start, one plan, what to bring and what to ask."""
    referral = knowledge.referral
    places = places_of(region)
    step = first_step(story, knowledge)
    bring = [item.say for item in referral.bring if all_hold(item.when, story)]
    questions = sorted((i for i in referral.ask if all_hold(i.when, story)), key=lambda i: not i.when)
    ask = [item.say for item in questions][:6]
    plan = [statement.say for statement in referral.plan]
    lines = [plan[0], "", f"Where to start: {in_region(step.say, places)}", ""]
    lines += [f"- {s.name}: {s.say}" for s in referral.specialists]
    lines += ["", "One plan for both:", *(f"- {line}" for line in plan[1:4])]
    lines += ["", "Bring along:", *(f"- {line}" for line in bring)]
    lines += ["", "Ask:", *(f"- {line}" for line in ask)]
    lines += ["", *(statement.say for statement in referral.closing)]
    card = {
        "card": "referral",
        "specialists": [s.id for s in referral.specialists],
        "who": [{"id": s.id, "name": s.name, "say": s.say} for s in referral.specialists],
        "first_step": in_region(step.say, places),
        "start_with": step.start_with,
        "plan": plan,
        "bring": bring,
        "ask": ask,
        "sources": sources(
            (s for told in (*referral.plan, *referral.closing) for s in told.sources), knowledge
        ),
    }
    return reply("\n".join(lines), card)
