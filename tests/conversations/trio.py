"""The same person on the web, in Slack and in Telegram: the answers are compared as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.channels.people import Shown, SlackPerson, TelegramPerson, wait
from tests.conversations.live import Person, Reply


@dataclass
class Trio:
    """The same person in all three channels."""

    web: Person
    slack: SlackPerson
    telegram: TelegramPerson

    @property
    def others(self) -> tuple[SlackPerson, TelegramPerson]:
        return self.slack, self.telegram

    @property
    def buttons(self) -> dict[str, str]:
        """The latest replies' buttons: payload by title."""
        return self.web.buttons

    def says(self, text: str) -> list[Reply]:
        """Write the same everywhere; compare the answers; return those of the web."""
        return self._together(lambda one: one.says(text))

    def presses(self, title: str) -> list[Reply]:
        """Press the same button everywhere; compare the answers; return those of the web."""
        return self._together(lambda one: one.presses(title))

    def _together(self, does: Callable[[Any], Any]) -> list[Reply]:
        replies: list[Reply] = does(self.web)
        before = [len(one.messages) for one in self.others]
        for one in self.others:
            does(one)
        self._compare(replies, before)
        return replies

    def _compare(self, replies: list[Reply], before: list[int]) -> None:
        buttons = [button["title"] for reply in replies for button in reply["buttons"]]
        for one, start in zip(self.others, before):
            expected = [word for reply in replies for word in words(in_full(reply, one))]
            wait(lambda: len(read(one.messages[start:])) >= len(expected), " ".join(expected))  # noqa: B023
            shown = one.messages[start:]
            assert read(shown) == expected
            assert [title for message in shown for title in message.buttons] == buttons


def in_full(reply: Reply, person: SlackPerson | TelegramPerson) -> str:
    """Return what a reply says where there are no cards: numbers before sites, in Slack a title above."""
    text, title = reply["text"], reply.get("title") or ""
    if reply.get("card") == "foot_map":
        text += "".join(f"\n{n}. {button['title']}" for n, button in enumerate(reply["buttons"], 1))
    headed = isinstance(person, SlackPerson) and not text.startswith(f"{title}.")
    return f"{title}\n{text}" if headed else text


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def read(messages: list[Shown]) -> list[str]:
    return [word for message in messages for word in words(message.words)]
