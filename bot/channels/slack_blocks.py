"""Replies as Block Kit, within Slack's limits: every card from its own complete text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.channels.footsites import numbered
from bot.channels.parts import parts_of, short
from bot.channels.slack_text import escaped, styled
from bot.channels.turns import Line

SECTION, HEADER, TITLE, VALUE, OPTION_VALUE = 3000, 150, 75, 2000, 150
# Room for a message's own blocks beside the rows of buttons.
TEXT_BLOCKS = 40
CHARACTERS_A_MESSAGE = 9000
ROW = 5
BUTTONS_AT_MOST = 10
ELEMENTS = 25
OPTIONS = 100
STYLED = {"links", "referral", "summary", "answer"}
Block = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A message of Slack's: blocks, and the text for notifications and readers of screens."""

    text: str
    blocks: list[Block]

    @property
    def has_buttons(self) -> bool:
        return any(block["type"] == "actions" for block in self.blocks)


def messages_of(line: Line, tag: str) -> list[Message]:
    """Return a reply as messages; the buttons, marked with whose they are, end the last one."""
    line = numbered(line)
    actions = list(_actions(line, tag))
    groups = _grouped([*_body(line)])
    if not groups and actions:
        groups = [[_section("Please choose:")]]
    messages = [Message(spoken(blocks), blocks) for blocks in groups]
    if messages and actions:
        messages[-1] = Message(messages[-1].text, [*messages[-1].blocks, *actions])
    return messages


def chosen(blocks: list[Block], title: str | None) -> list[Block]:
    """Return a message's blocks without its buttons; the choice, where there was one, in their place."""
    rest = [block for block in blocks if block.get("type") != "actions"]
    return [*rest, _context(f"✓ {escaped(title)}")] if title else rest


def title_of(blocks: list[Block], value: str) -> str | None:
    """Return what stands on the button, or in the menu, that has this value."""
    for block in blocks:
        for element in block.get("elements", []):
            for option in element.get("options", [element]) if isinstance(element, dict) else []:
                if option.get("value") == value:
                    return str(option["text"]["text"])
    return None


def _body(line: Line) -> Iterator[Block]:
    text, source = _apart(line)
    title = line.get("title")
    if title:
        yield {"type": "header", "text": _plain(str(title), HEADER)}
        # The plain text of an alarm begins with its title; here that is the header.
        text = text.removeprefix(f"{title}.").lstrip()
    for number, paragraph in enumerate(p for p in text.split("\n\n") if p.strip()):
        if number and line.get("card") == "links":
            yield {"type": "divider"}
        yield from _paragraph(paragraph, str(line.get("card")))
    if source:
        yield _context(source)


def _apart(line: Line) -> tuple[str, str]:
    """Return the text without its line of sources, and the sources as links."""
    text, mark, tail = str(line["text"]).rpartition("\nSource: ")
    if not mark or "\n" in tail:
        return str(line["text"]).strip(), ""
    linked = []
    for source in (line.get("sources") or [])[:3]:
        year = f" ({source['year']})" if source.get("year") else ""
        name = escaped(f"{source['organisation']}, {source['title']}{year}").replace("|", " ")
        linked.append(f"<{escaped(source['url'])}|{name}>" if source.get("url") else name)
    return text.strip(), f"Source: {'; '.join(linked) or escaped(tail)}"


def _paragraph(text: str, card: str) -> Iterator[Block]:
    lines = escaped(text).split("\n")
    if card in STYLED:
        lines = [styled(one) for one in lines]
    listed = len(lines) > 1 and lines[1].startswith("•")
    if card in STYLED and listed and not lines[0].startswith(("•", "*")):
        lines[0] = f"*{lines[0]}*"
    for part in parts_of("\n".join(lines), SECTION):
        yield _section(part)


def _grouped(blocks: list[Block]) -> list[list[Block]]:
    """Return blocks in groups that each make one message."""
    groups: list[list[Block]] = []
    size = 0
    for block in blocks:
        length = len(str(block))
        if not groups or len(groups[-1]) >= TEXT_BLOCKS or size + length > CHARACTERS_A_MESSAGE:
            groups.append([])
            size = 0
        groups[-1].append(block)
        size += length
    return groups


def _actions(line: Line, tag: str) -> Iterator[Block]:
    buttons = [b for b in line["buttons"] if len(b["payload"]) <= VALUE]
    many = len(buttons) > (ELEMENTS if line.get("card") == "foot_map" else BUTTONS_AT_MOST)
    if many and all(len(b["payload"]) <= OPTION_VALUE for b in buttons):
        for start in range(0, len(buttons), OPTIONS):
            yield _menu(buttons[start : start + OPTIONS], f"{tag}.{start}")
        return
    for start in range(0, len(buttons), ROW):
        row = [_button(b, f"choice.{start + n}") for n, b in enumerate(buttons[start : start + ROW])]
        yield {"type": "actions", "block_id": f"{tag}.{start}", "elements": row}


def _button(button: dict[str, str], action_id: str) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": _plain(button["title"], TITLE),
        "value": button["payload"],
    }


def _menu(buttons: list[dict[str, str]], block_id: str) -> Block:
    options = [{"text": _plain(b["title"], TITLE), "value": b["payload"]} for b in buttons]
    menu = {
        "type": "static_select",
        "action_id": "choice",
        "placeholder": _plain("Please choose", 150),
        "options": options,
    }
    return {"type": "actions", "block_id": block_id, "elements": [menu]}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    elements = [{"type": "mrkdwn", "text": part} for part in parts_of(text, SECTION)[:10]]
    return {"type": "context", "elements": elements}


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": short(text, most) or "…", "emoji": True}


def spoken(blocks: list[Block]) -> str:
    """Return what the blocks say, for places that show no blocks."""
    said = []
    for block in blocks:
        for piece in (block.get("text"), *block.get("elements", [])):
            if piece:
                said.append(piece["text"] if piece["type"] == "mrkdwn" else escaped(piece["text"]))
    return short("\n".join(said), SECTION) or "…"
