"""Write what a person told as briefly as a clinician would note it."""

from __future__ import annotations

from typing import Any

from bot.knowledge.concepts import Assertion, Finding
from bot.reasoning.conversation import Conversation, Turn


def finding(told: str, words: str = "") -> Finding:
    """Return the finding of a note such as "no sensation.tingling"."""
    denied = told.startswith("no ")
    return Finding(told.removeprefix("no "), Assertion.ABSENT if denied else Assertion.PRESENT, words=words)


def story(*told: str) -> dict[str, Finding]:
    """Return the story that the notes make."""
    return {f.concept: f for f in map(finding, told)}


def turn(*told: str, move: str = "tell", text: str = "", **rest: Any) -> Turn:
    """Return one message that told all this."""
    return Turn(text=text or " ".join(told), move=move, findings=tuple(map(finding, told)), **rest)


def conversation(*turns: Turn, **rest: Any) -> Conversation:
    """Return a conversation of these messages."""
    return Conversation(turns=turns, **rest)
