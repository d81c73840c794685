"""Simulated patients: people as data, who answer what they are asked and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import yaml

from tests.conversations.live import Person, Reply, cards_in, question_in

FILE = Path(__file__).with_name("patients.yml")
GO_ON = "Go on with the talk"
READY = "ready"
TURNS_AT_MOST = 25


@dataclass(frozen=True)
class Patient:
    """Somebody with back and foot pain, what they know of it, and what a clinician would say."""

    name: str
    picture: str
    opening: str
    opening_tells: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    """What they answer by question: the button they would press, and perhaps what they would say."""
    fits: tuple[str, ...]
    other: str | None = None
    alarm: str | None = None


@dataclass
class Talk:
    """A conversation with one patient."""

    patient: Patient
    lines: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The questions that were put, in order, with repeats and safety checks."""
    heard: list[Reply] = field(default_factory=list)

    @property
    def cards(self) -> list[str]:
        return cards_in(self.heard)

    def latest(self, card: str) -> Reply | None:
        """Return the latest reply with this card."""
        return next((reply for reply in reversed(self.heard) if reply.get("card") == card), None)

    def fits(self) -> dict[str, str]:
        """Return how well each mechanism fits, best first."""
        links = self.latest("links") or {"links": []}
        return {one["mechanism"]: one["fit"] for one in links["links"]}

    def best(self) -> list[str]:
        """Return the mechanisms that fit best: those that fit as the first does, if it fits at all."""
        fits = self.fits()
        first = next(iter(fits.values()), None)
        return [name for name, fit in fits.items() if fit == first] if first in ("well", "partly") else []

    def others(self) -> list[str]:
        """Return the other explanations that were shown."""
        links = self.latest("links") or {"other": []}
        return [one["mechanism"] for one in links["other"]]

    def text(self) -> str:
        """Return the talk for reading, as the patient would read it."""
        called_for = ", ".join(self.patient.fits) or f"none of the four, but {self.patient.other}"
        head = [
            self.patient.name,
            f"A clinician would say: {called_for}.",
            f"It fitted best: {', '.join(self.best()) or 'none'}. Others: {', '.join(self.others()) or 'none'}.",
            f"Questions put: {len(self.asked)} ({', '.join(self.asked)}).",
        ]
        return "\n".join([*head, "", *self.lines]) + "\n"


def read_patients() -> list[Patient]:
    """Return the patients of patients.yml."""
    return [
        Patient(
            name=one["name"],
            picture=one["picture"],
            opening=" ".join(one["opening"].split()),
            opening_tells=tuple(one["opening_tells"]),
            facts={question: tuple(reply) for question, reply in one["facts"].items()},
            fits=tuple(one["fits"]),
            other=one.get("other"),
            alarm=one.get("alarm"),
        )
        for one in yaml.safe_load(FILE.read_text(encoding="utf-8"))
    ]


def meet(patient: Patient, person: Person) -> Talk:
    """Let a patient tell the story and answer until the assistant asks no more."""
    talk = Talk(patient)
    replies = _says(talk, person, patient.opening)
    for _ in range(TURNS_AT_MOST):
        question = question_in(replies)
        if question and question != READY:
            talk.asked.append(question)
        if question is None and GO_ON not in person.buttons:
            break
        replies = _answers(talk, person, question)
    return talk


def _answers(talk: Talk, person: Person, question: str | None) -> list[Reply]:
    """Answer with a button or, half of the time, in the patient's own words."""
    if question is None:
        return _presses(talk, person, GO_ON)
    if question == READY:
        return _presses(talk, person, "Yes, please")
    words = _prefers_words(talk.patient, question)
    if talk.heard[-1]["card"] == "safety_check":
        return _says(talk, person, "no, nothing like that") if words else _presses(talk, person, "No")
    fact = talk.patient.facts.get(question)
    if fact is None:
        return _says(talk, person, "not sure")
    return _says(talk, person, fact[1]) if words and len(fact) > 1 else _presses(talk, person, fact[0])


def _prefers_words(patient: Patient, question: str) -> bool:
    return Random(f"{patient.name}, {question}").random() < 0.5


def _says(talk: Talk, person: Person, words: str) -> list[Reply]:
    return _noted(talk, f"Patient: {words}", person.says(words), person)


def _presses(talk: Talk, person: Person, title: str) -> list[Reply]:
    return _noted(talk, f"Patient: [{title}]", person.presses(title), person)


def _noted(talk: Talk, line: str, replies: list[Reply], person: Person) -> list[Reply]:
    talk.lines += [line, *(f"Assistant: {reply['text']}" for reply in replies)]
    if person.buttons:
        talk.lines.append(" ".join(f"[{title}]" for title in person.buttons))
    talk.lines.append("")
    talk.heard += replies
    return replies
