"""Replies as Telegram messages: texts within 4096, keyboards whose buttons carry 64 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from bot.channels.footsites import numbered
from bot.channels.parts import parts_of, units
from bot.channels.turns import Line
from bot.knowledge.concepts import Knowledge
from bot.reasoning.cards import payload_of

TEXT = 4096
DATA_BYTES = 64
BUTTONS_AT_MOST = 100
# A telephone shows about so many letters a row.
ROW_LETTERS = 30
ROW_BUTTONS = 4
Fields = dict[str, Any]


class Payloads:
    """Payloads that are too long for a button travel as a short mark; the knowledge tells them all."""

    def __init__(self, knowledge: Knowledge) -> None:
        every = _payloads(knowledge)
        self._long = {marked(payload): payload for payload in every if marked(payload) != payload}

    def of(self, data: str) -> str:
        """Return what a button's data stands for."""
        return self._long.get(data, data)


def marked(payload: str) -> str:
    """Return a payload as a button can carry it."""
    if len(payload.encode()) <= DATA_BYTES:
        return payload
    return "#" + hashlib.sha256(payload.encode()).hexdigest()[: DATA_BYTES - 1]


def _payloads(knowledge: Knowledge) -> Iterator[str]:
    for question in knowledge.questions.values():
        for option in question.options:
            yield payload_of(question, option.tells)
    for topic in knowledge.topics:
        yield f'/ask{{"topic": "{topic}"}}'
        yield f'/ask{{"topic": "{topic}", "more": "yes"}}'


def messages_of(line: Line) -> list[Fields]:
    """Return a reply as the fields of messages; the buttons stand under the last one."""
    line = numbered(line)
    rows = keyboard(line["buttons"])
    parts = parts_of(line["text"].strip(), TEXT, units) or (["Please choose:"] if rows else [])
    messages: list[Fields] = [{"text": part, "link_preview_options": {"is_disabled": True}} for part in parts]
    if messages and rows:
        messages[-1]["reply_markup"] = {"inline_keyboard": rows}
    return messages


def keyboard(buttons: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Return buttons in rows that a telephone can show."""
    rows: list[list[dict[str, str]]] = []
    letters = 0
    for button in buttons[:BUTTONS_AT_MOST]:
        length = len(button["title"]) + 4
        if not rows or len(rows[-1]) >= ROW_BUTTONS or letters + length > ROW_LETTERS:
            rows.append([])
            letters = 0
        letters += length
        rows[-1].append({"text": button["title"], "callback_data": marked(button["payload"])})
    return rows


def with_choice(message: dict[str, Any], data: str) -> Fields | None:
    """Return the message's text with the choice in place of its buttons; nothing where it is too long."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    title = next((b["text"] for row in rows for b in row if b.get("callback_data") == data), None)
    text = f"{message.get('text') or ''}\n\n✓ {title}"
    return {"text": text} if title and message.get("text") and units(text) <= TEXT else None
