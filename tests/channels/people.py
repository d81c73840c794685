"""People in Slack and Telegram: they write, press buttons and read what the assistant sends."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from telegram import Chat, User

from tests.channels import slack_server, telegram_server
from tests.channels.slack_server import SlackServer, signed
from tests.channels.telegram_server import SECRET, TelegramServer

SECONDS = 60
NUMBER = re.compile(r"^\d+\. ")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Shown:
    """A message as the person sees it; `buttons` lead from titles to what they carry."""

    words: str
    buttons: dict[str, str]


@dataclass
class SlackPerson:
    """Somebody in direct messages with the app."""

    port: int
    slack: SlackServer
    user: str = field(default_factory=lambda: f"U{next(_numbers)}")

    @property
    def channel(self) -> str:
        return f"D{self.user}"

    @property
    def posted(self) -> list[slack_server.Call]:
        return [call for call in self.slack.posted if call.fields["channel"] == self.channel]

    @property
    def messages(self) -> list[Shown]:
        return [Shown(_plain(call.words), _titles(call)) for call in self.posted]

    @property
    def files(self) -> list[str]:
        shared = self.slack.of("files.completeUploadExternal")
        return [
            f["title"] for call in shared if call.fields["channel_id"] == self.channel for f in _listed(call)
        ]

    @property
    def choices(self) -> list[str]:
        """What stands under used buttons."""
        used = [c for c in self.slack.of("chat.update") if c.fields["channel"] == self.channel]
        return [line for call in used for line in call.words.split("\n") if line.startswith("✓")]

    def writes(self, text: str) -> dict[str, Any]:
        """Return the event of a message."""
        return slack_server.event(text, user=self.user, channel=self.channel)

    def says(self, text: str) -> None:
        assert self.send(self.writes(text)) == 200

    def presses(self, title: str) -> None:
        """Press a button of the latest message that has it."""
        for call in reversed(self.posted):
            if title in (titles := _titles(call)):
                return self.press(call, titles[title])
        raise AssertionError(f"nothing is called {title!r} in {self.messages}")

    def press(self, call: slack_server.Call, value: str) -> None:
        pressed = slack_server.press(call, value, self.user)
        body = urlencode({"payload": json.dumps(pressed)})
        assert self._post(body, "application/x-www-form-urlencoded") == 200

    def send(self, event: dict[str, Any], **headers: str) -> int:
        """Have Slack send an event; `headers` forge some of its own."""
        return self._post(json.dumps(event), "application/json", **headers)

    def _post(self, body: str, kind: str, **headers: str) -> int:
        headers = {"Content-Type": kind, **signed(body), **headers}
        return post(self.port, "/webhooks/slack/webhook", body, headers)


@dataclass
class TelegramPerson:
    """Somebody in a private chat with the bot."""

    port: int
    telegram: TelegramServer
    user: User = field(default_factory=lambda: User(next(_numbers) + 1000, "Ann", is_bot=False))

    @property
    def posted(self) -> list[telegram_server.Call]:
        return [call for call in self.telegram.of("sendMessage") if call.fields["chat_id"] == self.user.id]

    @property
    def messages(self) -> list[Shown]:
        return [
            Shown(call.fields["text"], {NUMBER.sub("", b["text"]): b["callback_data"] for b in call.buttons})
            for call in self.posted
        ]

    @property
    def files(self) -> list[str]:
        sent = [*self.telegram.of("sendPhoto"), *self.telegram.of("sendDocument")]
        mine = sorted((c for c in sent if c.fields["chat_id"] == self.user.id), key=lambda c: c.at)
        return [(c.fields.get("photo") or c.fields["document"]).name for c in mine]

    @property
    def choices(self) -> list[str]:
        """What stands under used buttons."""
        used = [c for c in self.telegram.of("editMessageText") if c.fields["chat_id"] == self.user.id]
        return [call.fields["text"].split("\n")[-1] for call in used]

    def writes(self, text: str) -> dict[str, Any]:
        """Return the update of a message."""
        chat = Chat(self.user.id, Chat.PRIVATE)
        return telegram_server.message(text, chat=chat, from_user=self.user)

    def says(self, text: str) -> None:
        assert self.send(self.writes(text)) == 200

    def presses(self, title: str) -> None:
        """Press a button of the latest message that has it."""
        for call, shown in zip(reversed(self.posted), reversed(self.messages)):
            if title in shown.buttons:
                return self.press(call, shown.buttons[title])
        raise AssertionError(f"nothing is called {title!r} in {self.messages}")

    def press(self, call: telegram_server.Call, data: str) -> None:
        assert self.send(telegram_server.press(call, data, f"q{next(_numbers)}", self.user)) == 200

    def send(self, update: dict[str, Any], secret: str = SECRET) -> int:
        """Have Telegram send an update."""
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        return post(self.port, "/webhooks/telegram/webhook", json.dumps(update), headers)


def post(port: int, path: str, body: str, headers: dict[str, str]) -> int:
    """Return the status of the answer."""
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    with contextlib.closing(door):
        door.request("POST", path, body.encode(), headers)
        return door.getresponse().status


def wait(holds: Callable[[], Any], what: str = "it", seconds: float = SECONDS) -> None:
    """Return when `holds`; fail where it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what} did not come about in time"
        time.sleep(0.01)


def _titles(call: slack_server.Call) -> dict[str, str]:
    options = [option for e in call.buttons for option in e.get("options", [e])]
    return {NUMBER.sub("", o["text"]["text"]): o["value"] for o in options}


def _plain(text: str) -> str:
    """Return Slack's markup as it is read."""
    text = re.sub(r"<[^|>]+\|([^>]+)>", r"\1", text).replace("*", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _listed(call: slack_server.Call) -> list[dict[str, Any]]:
    files = call.fields["files"]
    return json.loads(files) if isinstance(files, str) else files
