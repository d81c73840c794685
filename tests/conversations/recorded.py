"""Recorded conversations: written once, run through Rasa's own test and through any real channel.

`recorded/README.md` says how to read and write them. `talks()` reads them, `as_story()` makes a test
story for `rasa test core` of one, and `play()` holds it with a running assistant: whoever has
`says(words)` and `presses(title)` that return replies (text, buttons, card and its fields), and
`comes_back()` for another day, can take part.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from bot.knowledge.reader import read_knowledge
from bot.reasoning import cards
from bot.reasoning.triage import in_region
from bot.settings import ROOT

FOLDER = Path(__file__).with_name("recorded")
BEGINNINGS = FOLDER / "beginnings.yml"
# The tests' assistant stands in no special place.
REGION = "other"
WORDINGS = ("ask", "again", "simpler", "why")
Reply = dict[str, Any]
Step = dict[str, Any]


class Door(Protocol):
    """A channel, as somebody sees it who types, presses, and comes back on another day."""

    def says(self, text: str) -> list[Reply]: ...

    def presses(self, title: str) -> list[Reply]: ...

    def comes_back(self) -> None: ...


@dataclass(frozen=True)
class Heard:
    """What one reply must be: its card, and as much of its content as is written down elsewhere."""

    note: str
    card: str
    id: str | None = None
    text: str = ""
    """The text ends with this."""
    words: tuple[str, ...] = ()
    """The text has these in it."""
    buttons: Mapping[str, str] | None = None
    """Payload by title, in order; None where they do not matter."""

    def wrong_with(self, reply: Reply) -> str | None:
        """Return what a reply lacks, or None where it is as recorded."""
        found = reply.get("id") or reply.get("red_flag") or reply.get("topic")
        if (reply.get("card"), found) != (self.card, self.id) and (self.id or reply.get("card") != self.card):
            return f"card {reply.get('card')} {found}, not {self.card} {self.id}"
        if not reply["text"].strip().endswith(self.text):
            return f"a text that does not end with {self.text!r}"
        lacking = [word for word in self.words if word not in reply["text"]]
        if lacking:
            return f"a text without {lacking}"
        buttons = {b["title"]: b["payload"] for b in reply["buttons"]}
        if self.buttons is not None and list(buttons.items()) != list(self.buttons.items()):
            return f"buttons {list(buttons)}, not {list(self.buttons)}"
        return None


@dataclass(frozen=True)
class Turn:
    """What the person does, and what the assistant does then: each action with what is heard of it."""

    says: str = ""
    presses: str = ""
    move: str = "tell"
    then: tuple[tuple[str, tuple[Heard, ...]], ...] = ()
    comes_back: bool = False
    """On another day, before the person does this."""

    @property
    def words(self) -> str:
        """What is typed, without the notes of what it tells."""
        return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", self.says)

    @property
    def heard(self) -> list[Heard]:
        return [one for _, heard in self.then for one in heard]


@dataclass(frozen=True)
class Talk:
    """One recorded conversation."""

    name: str
    skill: str
    turns: tuple[Turn, ...] = field(repr=False)


@lru_cache(maxsize=1)
def talks() -> tuple[Talk, ...]:
    """Return all recorded conversations, each with its beginning."""
    begun = {name: _begun(name) for name in _read(BEGINNINGS)}
    return tuple(
        Talk(one["talk"], file.stem, (*begun.get(one.get("after"), ()), *map(_turn, one["turns"])))
        for file in sorted(FOLDER.glob("*.yml"))
        if file != BEGINNINGS
        for one in _read(file)
    )


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _begun(name: str) -> tuple[Turn, ...]:
    one = _read(BEGINNINGS)[name]
    before = _begun(one["after"]) if "after" in one else ()
    return (*before, *map(_turn, one["turns"]))


def _turn(step: Step) -> Turn:
    then = []
    for done in step["then"]:
        ((action, notes),) = done.items() if isinstance(done, dict) else ((done, None),)
        notes = [notes] if isinstance(notes, str) else notes or []
        then.append((action, tuple(_heard(note) for note in notes)))
    return Turn(
        says=" ".join(str(step.get("says", "")).split()),
        presses=str(step.get("presses", "")),
        move=step.get("does", "tell"),
        then=tuple(then),
        comes_back=bool(step.get("comes_back")),
    )


# What a note of a reply means


def _heard(note: str) -> Heard:
    kind, *rest = shlex.split(note)
    name, rest = (rest[0], rest[1:]) if rest else (None, [])
    return _KINDS[kind](note, name, rest)


def _question(note: str, name: str, rest: list[str]) -> Heard:
    wording = rest[0] if rest and rest[0] in WORDINGS else "ask"
    words = tuple(word for word in rest if word not in WORDINGS)
    if name in ("ready", "return"):
        phrase = {"ready": "ready", "return": "return_again" if wording == "again" else "return_ask"}[name]
        return Heard(note, "question", name, read_knowledge().phrases[phrase], words)
    asked = read_knowledge().questions[name]
    text = in_region(getattr(asked, "again" if wording == "why" else wording), _places())
    words += (asked.why,) if wording == "why" else ()
    reply = (
        cards.safety_check(read_knowledge().red_flags[name], _region(), text)
        if asked.card == "safety_check"
        else cards.question(asked, text)
    )
    return Heard(note, reply["custom"]["card"], name, text, words, _buttons(reply))


def _check(note: str, name: str, rest: list[str]) -> Heard:
    flag = read_knowledge().red_flags[name]
    reply = cards.safety_check(flag, _region())
    words = (in_region(flag.means.say, _places()),) if rest == ["why"] else ()
    return Heard(note, "safety_check", name, reply["text"], words, _buttons(reply))


def _urgent(note: str, name: str, rest: list[str]) -> Heard:
    reply = cards.urgent_care(read_knowledge().red_flags[name], _region(), read_knowledge())
    return Heard(note, "urgent_care", name, reply["text"], (), _buttons(reply))


def _answer(note: str, name: str, rest: list[str]) -> Heard:
    if name in read_knowledge().red_flags:
        reply = cards.reason_of(read_knowledge().red_flags[name], _region(), read_knowledge())
    else:
        reply = cards.topic_answer(read_knowledge().topics[name], rest == ["more"], read_knowledge())
    return Heard(note, "answer", name, reply["text"].strip(), (), _buttons(reply))


def _links(note: str, name: str | None, rest: list[str]) -> Heard:
    best = (read_knowledge().phrases["verdict_none"],) if name == "none" else ()
    if name and name != "none":
        known = {**read_knowledge().mechanisms, **read_knowledge().other_explanations}
        best = tuple(known[one].name[1:] for one in (name, *rest))
    return Heard(note, "links", None, words=(*best, read_knowledge().phrases["verdict_end"]))


def _referral(note: str, name: str | None, rest: list[str]) -> Heard:
    return Heard(note, "referral", None, words=tuple(s.name for s in read_knowledge().referral.specialists))


def _summary(note: str, name: str | None, rest: list[str]) -> Heard:
    return Heard(note, "summary", None, words=(*((name,) if name else ()), *rest))


def _advice(note: str, name: str | None, rest: list[str]) -> Heard:
    return Heard(note, "answer", "self_care", words=(*((name,) if name else ()), *rest))


def _notice(note: str, name: str, rest: list[str]) -> Heard:
    said = _responses().get(name)
    if said:
        buttons = {b["title"]: b["payload"] for b in said.get("buttons", [])}
        return Heard(note, "notice", said["custom"]["id"], said["text"].strip(), tuple(rest), buttons)
    phrase = read_knowledge().phrases.get(name, "")
    return Heard(note, "notice", name, "" if "{" in phrase else phrase, tuple(rest))


_KINDS = {
    "question": _question,
    "check": _check,
    "urgent": _urgent,
    "answer": _answer,
    "links": _links,
    "advice": _advice,
    "referral": _referral,
    "summary": _summary,
    "notice": _notice,
}


def _region() -> Any:
    return read_knowledge().regions[REGION]


def _places() -> dict[str, str]:
    return cards.places_of(_region())


def _buttons(reply: Reply) -> dict[str, str]:
    return {b["title"]: b["payload"] for b in reply["buttons"]}


@lru_cache(maxsize=1)
def _responses() -> dict[str, Any]:
    """Return the responses of domain.yml: `utter_goodbye` is the notice `goodbye`."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return {name.removeprefix("utter_"): said[0] for name, said in domain["responses"].items()}


# Through a real channel


def play(talk: Talk, door: Door) -> str | None:
    """Hold a talk over a channel; return what went otherwise than recorded, with the talk so far."""
    lines: list[str] = []
    for turn in talk.turns:
        if turn.comes_back:
            door.comes_back()
        replies = door.presses(turn.presses) if turn.presses else door.says(turn.words)
        lines += [f"> {turn.presses or turn.words}", *(f"  {_short(reply)}" for reply in replies)]
        wrong = _compared(turn, replies)
        if wrong:
            return "\n".join([talk.name, *lines, f"recorded: {[one.note for one in turn.heard]}", wrong])
    return None


def _compared(turn: Turn, replies: list[Reply]) -> str | None:
    if len(replies) != len(turn.heard):
        return f"{len(replies)} replies, not {len(turn.heard)}"
    for place, (heard, reply) in enumerate(zip(turn.heard, replies), 1):
        wrong = heard.wrong_with(reply)
        if wrong:
            return f"reply {place} ({heard.note}): {wrong}"
    return None


def _short(reply: Reply) -> str:
    return f"{reply.get('card')} {reply.get('id') or reply.get('red_flag') or ''}: {reply['text'][:160]!r}"


# Through `rasa test core`


def as_story(talk: Talk) -> Step:
    """Return a talk as a test story of Rasa's."""
    turns = talk.turns
    # Rasa's test knows one session only.
    for place, turn in enumerate(turns):
        turns = talk.turns[place:] if turn.comes_back else turns
    steps: list[Step] = []
    pressable: dict[str, str] = {}
    for turn in turns:
        user, intent = _said(turn, pressable)
        steps.append({"user": user, "intent": intent})
        steps += _done(turn, [action for action, _ in turn.then])
        pressable = {k: v for one in turn.heard for k, v in (one.buttons or {}).items()} or pressable
    return {"story": talk.name, "steps": steps}


def _said(turn: Turn, pressable: Mapping[str, str]) -> tuple[str, str]:
    if turn.presses:
        move, _, entities = pressable.get(turn.presses, f"/{turn.move}").strip("/").partition("{")
        told = json.loads("{" + entities) if entities else {}
        note = f"[{turn.presses}](finding:{told['finding']})" if "finding" in told else f"/{move}"
        return note, f"{move}/{told['topic']}" if "topic" in told else move
    noted = re.sub(r"\]\((?!\w+:)", "](finding:", turn.says)
    return noted, turn.move.replace(" ", "/")


def _done(turn: Turn, actions: list[str]) -> Iterator[Step]:
    for place, (action, heard) in enumerate(turn.then):
        yield {"action": action}
        slots = _slots(action, heard, actions[place + 1 : place + 2])
        if slots:
            yield {"slot_was_set": [{name: value} for name, value in slots.items()]}


def _slots(action: str, heard: tuple[Heard, ...], following: list[str]) -> dict[str, Any]:
    """Return what an action leaves behind, as far as what comes next depends on it."""
    asked = next((h for h in heard if h.card in ("question", "foot_map", "safety_check")), None)
    urgent = next((h for h in heard if h.card == "urgent_care"), None)
    ids = {h.id for h in heard}
    if action == "action_start_over":
        return {"chapter": 1, "stage": None, "asked": None}
    if action == "action_refer":
        return {"stage": "recommended", "asked": None}
    if "action_explain" in following or (action == "action_correct" and following == ["action_interview"]):
        return {"stage": "enough"} if "action_explain" in following else {}
    if urgent:
        urgency = read_knowledge().red_flags[str(urgent.id)].urgency.name.lower()
        return {"alarm": urgent.id, "urgency": urgency}
    if asked and asked.id in read_knowledge().red_flags:
        open_now = {"asked": asked.id, "stage": "interview"} if asked.id in read_knowledge().questions else {}
        return {**(open_now if action != "utter_safety_check" else {}), "check": asked.id}
    if asked and asked.id == "return":
        return {"asked": "return"}
    if asked and asked.id != "ready":
        return {"stage": "interview", "asked": asked.id}
    if action == "action_interview":
        over = ids & {"anything_else", "what_else", "goodbye"}
        return {"stage": "recommended" if over else "interview", "asked": None}
    return {}
