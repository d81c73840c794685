"""Red flags, on every message: alarm at a clear sign, ask at an unclear one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.knowledge.concepts import Assertion, Finding, Question, RedFlag, Urgency, alternatives
from bot.reasoning.conversation import HOLDS_CHECK, Conversation, Turn, all_hold, holds, story_of

# An emergency's check that got neither yes nor no is put once more.
CHECKS_AT_MOST = 2
CRISIS = "self_harm"


@dataclass(frozen=True)
class Alert:
    """A red flag in sight; an uncertain one is asked about first."""

    flag: RedFlag
    certain: bool

    @property
    def rank(self) -> tuple[int, bool]:
        return int(self.flag.urgency), self.certain


def triage(
    story: Mapping[str, Finding],
    sightings: tuple[tuple[str, bool], ...],
    red_flags: Mapping[str, RedFlag],
    message: Mapping[str, Finding] = MappingProxyType({}),
    doubts: tuple[tuple[str, bool], ...] = (),
) -> list[Alert]:
    """Return the red flags that the story or the latest message shows, the most urgent first.

    Among equals comes first what the screen hears most clearly in the latest message.

    What the latest message's findings show by themselves, the screen has heard, too: where it hears nothing
    of the red flag, they were meant otherwise, and where it doubts, one asks.
    """
    alerts = _of_story(story, red_flags)
    alone = _of_story(message, red_flags) if doubts else {}
    for name, heard in doubts:
        if name in alone and name in alerts and alone[name].certain == alerts[name].certain:
            if heard:
                alerts[name] = Alert(red_flags[name], certain=False)
            else:
                del alerts[name]
    for name, certain in sightings:
        if name in red_flags and not (name in alerts and alerts[name].certain):
            alerts[name] = Alert(red_flags[name], certain)
    place = {name: place for place, (name, _) in enumerate(sightings)}
    return sorted(
        alerts.values(),
        key=lambda alert: (alert.rank, -place.get(alert.flag.id, len(place))),
        reverse=True,
    )


def _of_story(story: Mapping[str, Finding], red_flags: Mapping[str, RedFlag]) -> dict[str, Alert]:
    """Return the red flags that the story's findings show."""
    alerts: dict[str, Alert] = {}
    for name, flag in red_flags.items():
        shown = [signs for signs in flag.signs if all_hold(signs, story)]
        if shown:
            alerts[name] = Alert(flag, certain=any(not _doubtful(signs, story) for signs in shown))
        elif any(all_hold(signs, story) for signs in flag.unclear):
            alerts[name] = Alert(flag, certain=False)
    return alerts


def _doubtful(conditions: Iterable[str], story: Mapping[str, Finding]) -> bool:
    """Whether one of the conditions holds by bodily signs alone that are but possible."""
    for condition in conditions:
        held = [story[part] for part in alternatives(condition) if part in story and holds(part, story)]
        if held and all(f.family == "sign" and f.assertion is Assertion.POSSIBLE for f in held):
            return True
    return False


def alerts_now(
    conversation: Conversation,
    red_flags: Mapping[str, RedFlag],
    questions: Mapping[str, Question],
) -> list[Alert]:
    """Return what must be said now: nothing twice, but always what is worse."""
    if not conversation.turns:
        return []
    latest = conversation.turns[-1]
    answered = _answered(latest, red_flags)
    place = conversation.rejoined
    earlier = story_of(conversation.turns[:place], questions)
    since = story_of(conversation.turns[place:-1], questions)
    story = (
        story_of(conversation.turns[place:], questions, earlier)
        if place
        else story_of([latest], questions, since)
    )
    # Where the latest message takes an earlier session up again, the two halves were there, but not the whole.
    before = _known((earlier, since), red_flags)
    alerts = []
    message = story_of([latest], questions)
    for alert in triage(story, latest.sightings, red_flags, message, latest.doubts):
        name = alert.flag.id
        seen = any(name == flag for flag, _ in latest.sightings)
        # What the story showed before this message was dealt with then, unless an alarm that was taken
        # back stood before it.
        dealt_with = not conversation.corrected or name in (*conversation.alarms, *conversation.checks)
        if not seen and dealt_with and before.get(name, (0, False)) >= alert.rank:
            continue
        if name == latest.after_check and latest.move == "deny" and not alert.certain:
            continue
        alerts.append(alert)
    if answered and not any(a.flag.id == answered.flag.id and a.certain for a in alerts):
        alerts = [answered, *(a for a in alerts if a.flag.id != answered.flag.id)]
    return _fresh(alerts, conversation, red_flags)


def _known(
    stories: Iterable[Mapping[str, Finding]], red_flags: Mapping[str, RedFlag]
) -> dict[str, tuple[int, bool]]:
    """Return the rank of each alert that was there before the latest message."""
    known: dict[str, tuple[int, bool]] = {}
    for story in filter(None, stories):
        for name, alert in _of_story(story, red_flags).items():
            known[name] = max(alert.rank, known.get(name, (0, False)))
    return known


def _answered(turn: Turn, red_flags: Mapping[str, RedFlag]) -> Alert | None:
    """The alert that a reply to a safety check makes: yes, or not sure where it is urgent."""
    flag = red_flags.get(turn.after_check or "")
    if flag is None:
        return None
    if turn.move == "affirm" or (turn.move == "dont_know" and flag.urgency >= Urgency.SAME_DAY):
        return Alert(flag, certain=True)
    # After a question back the check is put again with its answer; the rest of these settle it.
    if (
        turn.move in (*HOLDS_CHECK, "deny", "correction", "stop", "start_over", "delete_my_data")
        or turn.findings
    ):
        return None
    return Alert(flag, certain=False) if flag.urgency is Urgency.EMERGENCY else None


def _fresh(alerts: list[Alert], conversation: Conversation, red_flags: Mapping[str, RedFlag]) -> list[Alert]:
    """Drop what was said already, and what is milder than an alarm already given."""
    given = [name for name in conversation.alarms if name not in conversation.corrected]
    worst = max((red_flags[name].urgency for name in given if name in red_flags), default=Urgency.ROUTINE)
    fresh = [
        a
        for a in alerts
        if a.flag.id not in given
        and (a.certain or conversation.checks.count(a.flag.id) < _checks_allowed(a.flag))
        and (a.flag.urgency > worst or (a.flag.urgency == worst and a.certain))
    ]
    certain = [a for a in fresh if a.certain]
    # Who is in a crisis and badly hurt needs to hear both; of two other flags the first brings all the help.
    pressing = [a for a in certain[1:] if a.flag.urgency > Urgency.WITHIN_DAYS]
    beside = [a for a in pressing if CRISIS in (a.flag.id, certain[0].flag.id)]
    certain = certain[:1] + beside[:1]
    top = certain[0].flag.urgency if certain else Urgency.ROUTINE
    unclear = [a for a in fresh if not a.certain and a.flag.urgency > top][:1]
    return certain + unclear


def _checks_allowed(flag: RedFlag) -> int:
    return CHECKS_AT_MOST if flag.urgency is Urgency.EMERGENCY else 1


def in_region(text: str, places: Mapping[str, str]) -> str:
    """Fill {emergency_number} and the like; a sentence keeps its capital."""
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text[:1].upper() + text[1:]
