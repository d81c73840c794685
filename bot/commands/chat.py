"""python -m bot chat: talk in the terminal with a running assistant."""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from collections.abc import Iterator
from typing import Any

from bot.settings import Settings

LEAVE = {"/quit", "quit", "exit"}


def main(arguments: list[str]) -> int:
    """Talk until the end of input; a number presses a button."""
    argparse.ArgumentParser(prog="python -m bot chat", description=__doc__).parse_args(arguments)
    settings = Settings.from_environment()
    talk = Talk("127.0.0.1" if settings.host == "0.0.0.0" else settings.host, settings.port)
    buttons: list[dict[str, str]] = []
    print("Say hello. A number presses a button; 'quit' ends the talk.")
    while True:
        try:
            said = input("> ").strip()
        except EOFError:
            return 0
        if said.lower() in LEAVE:
            return 0
        if not said:
            continue
        chosen = buttons[int(said) - 1] if said.isdigit() and 0 < int(said) <= len(buttons) else None
        try:
            buttons = show(talk.say({"payload": chosen["payload"]} if chosen else {"text": said}))
        except OSError:
            print(
                f"Nobody answers on port {settings.port}. Start the assistant first: make run",
                file=sys.stderr,
            )
            return 1


def show(replies: Iterator[dict[str, Any]]) -> list[dict[str, str]]:
    """Print replies with their buttons; return the last buttons."""
    buttons: list[dict[str, str]] = []
    for reply in replies:
        print(f"\n{reply.get('text') or reply.get('error')}")
        buttons = reply.get("buttons") or buttons
        for number, button in enumerate(reply.get("buttons") or [], 1):
            print(f"  [{number}] {button['title']}")
    return buttons


class Talk:
    """One conversation over the web door."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port, self._cookie = host, port, ""

    def say(self, message: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Yield the replies to a message; raise OSError where nobody answers."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        headers = {"Content-Type": "application/json", "Cookie": self._cookie}
        connection.request("POST", "/chat/message", json.dumps(message), headers)
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self._cookie = cookie.partition(";")[0]
        for line in answer:
            if line.strip():
                yield json.loads(line)
