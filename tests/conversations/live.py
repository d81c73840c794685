"""Start the assistant as its users do, and talk to it as a browser does."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# A first start trains the model.
READY_SECONDS = 300
ANSWER_SECONDS = 60
STOP_SECONDS = 40
A_DAY = 86_400.0
JUST_NOW = 20.0
QUIET_SECONDS = 0.5
# Before the port where the system picks those of its own connections.
FIRST_PORT = 21_000
QUESTIONS = ("question", "foot_map", "safety_check")
Reply = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def replies(self) -> list[Reply]:
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass
class Person:
    """One browser: keeps its cookie, types words, presses buttons."""

    port: int
    cookie: str | None = None
    buttons: dict[str, str] = field(default_factory=dict)
    """The latest replies' buttons: payload by title."""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request as it stands and return what comes back."""
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": "application/json", **headers}
        if self.cookie:
            headers["Cookie"] = self.cookie
        with contextlib.closing(door):
            door.request(method, path, body, headers)
            response = door.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        if "set-cookie" in {name.lower() for name in answer.headers}:
            self.cookie = str(response.getheader("Set-Cookie")).partition(";")[0]
        return answer

    def send(self, message: Any) -> Answer:
        """Send a message's JSON."""
        return self.ask("POST", "/chat/message", json.dumps(message).encode())

    def says(self, text: str) -> list[Reply]:
        """Type words; return the replies."""
        return self._heard(self.send({"text": text}))

    def presses(self, title: str) -> list[Reply]:
        """Press one of the latest replies' buttons; return the replies."""
        return self._heard(self.send({"payload": self.buttons[title]}))

    def history(self) -> list[dict[str, Any]]:
        """Return what the page shows after it was loaded again."""
        return self.ask("GET", "/chat/history").json["messages"]

    def _heard(self, answer: Answer) -> list[Reply]:
        assert answer.status == 200, answer.body.decode()
        self.buttons = {b["title"]: b["payload"] for reply in answer.replies for b in reply["buttons"]}
        return answer.replies


@dataclass
class Assistant:
    """A running assistant, its processes by name, its database and what it logged."""

    port: int
    folder: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, part: str) -> None:
        """Start `python -m bot part`; words after the part are its options."""
        words = part.split()
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            self.processes[part] = subprocess.Popen(
                [sys.executable, "-m", "bot", *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Return when every part answers; fail where one of them ends before."""
        doors = [(int(self.environment["ACTIONS_PORT"]), "/health")] if "actions" in self.processes else []
        # nginx keeps /ready to itself, and starts when all are ready.
        fleet = any("--processes" in part for part in self.processes)
        self._wait([*doors, (self.port, "/health" if fleet else "/ready")])

    def wait_until_alive(self) -> None:
        """Return when the server answers at all, ready or not."""
        self._wait([(self.port, "/health")])

    def _wait(self, doors: list[tuple[int, str]]) -> None:
        for port, path in doors:
            end = time.monotonic() + READY_SECONDS
            while not _is_ready(port, path):
                ended = [name for name, part in self.processes.items() if part.poll() is not None]
                assert not ended, f"{ended} ended:\n{self.log()[-3000:]}"
                assert time.monotonic() < end, f"not ready after {READY_SECONDS} s:\n{self.log()[-3000:]}"
                time.sleep(0.2)

    def end(self, part: str) -> None:
        """End one of our processes and wait for it."""
        process = self.processes.pop(part)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self) -> str:
        """Return all that was logged so far."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.log")))

    def somebody(self) -> Person:
        """Return somebody who opens the page for the first time."""
        return Person(self.port)

    def on_another_day(self) -> None:
        """Let a day go by for those who have just talked: all that they said was said yesterday."""
        with contextlib.closing(sqlite3.connect(self.folder / "talks.db", timeout=10)) as store:
            # A reply is there before its turn is written down.
            rows = -1
            while rows != (rows := store.execute("SELECT count(*) FROM events").fetchone()[0]):
                time.sleep(QUIET_SECONDS)
            now = time.time()
            query = "SELECT DISTINCT sender_id FROM events WHERE timestamp > ?"
            for (sender,) in store.execute(query, (now - JUST_NOW,)).fetchall():
                rows = store.execute("SELECT id, data FROM events WHERE sender_id = ?", (sender,)).fetchall()
                for number, data in rows:
                    event = json.loads(data)
                    event["timestamp"] -= A_DAY
                    changed = (event["timestamp"], json.dumps(event), number)
                    store.execute("UPDATE events SET timestamp = ?, data = ? WHERE id = ?", changed)
                # A row more, so that no server goes on with what it holds in memory.
                self._add(store, sender, now - A_DAY, {"event": "resume"})
            store.commit()

    @staticmethod
    def _add(store: sqlite3.Connection, sender: str, at: float, event: dict[str, Any]) -> None:
        row = (sender, event["event"], at, json.dumps({**event, "timestamp": at}))
        store.execute("INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)", row)

    def open_question(self, person: Person, question: str) -> None:
        """Write into the store that `question` stands open, however the interview would have come to it."""
        sender = f"web-{str(person.cookie).partition('=')[2].partition('.')[0]}"
        slots = {"stage": "interview", "asked": question}
        with contextlib.closing(sqlite3.connect(self.folder / "talks.db", timeout=10)) as store:
            for name, value in slots.items():
                self._add(store, sender, time.time(), {"event": "slot", "name": name, "value": value})
            store.commit()


@dataclass
class Visitor:
    """Somebody in one channel, or the same person in several, on this day and on another."""

    assistant: Assistant
    person: Any

    def says(self, text: str) -> list[Reply]:
        return self.person.says(text)

    def presses(self, title: str) -> list[Reply]:
        return self.person.presses(title)

    def comes_back(self) -> None:
        self.assistant.on_another_day()


@contextlib.contextmanager
def running(folder: Path, *parts: str, database_url: str | None = None, **more: str) -> Iterator[Assistant]:
    """Yield an assistant of these parts (of `python -m bot`), with ports and a database of its own."""
    port, actions_port = free_ports(2)
    environment = {
        **os.environ,
        "PORT": str(port),
        "ACTIONS_PORT": str(actions_port),
        "DATABASE_URL": database_url or f"sqlite:///{folder / 'talks.db'}",
        "PYTHONPATH": str(ROOT),
        "REGION": "other",
        "ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook" if "actions" in parts else "",
        **more,
    }
    assistant = Assistant(port, folder, environment)
    # `run` loads the knowledge itself; the parts alone expect it in their database.
    if not any(part.startswith("run") for part in parts):
        subprocess.run(
            [sys.executable, "-m", "bot", "knowledge", "load"], cwd=ROOT, env=environment, check=True
        )
    try:
        for part in parts:
            assistant.start(part)
        if parts:
            assistant.wait_until_ready()
        yield assistant
    finally:
        for part in list(assistant.processes):
            assistant.end(part)


def free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for port in range(FIRST_PORT + os.getpid() % 5000, 65_000):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
            if len(ports) == number:
                break
        return ports


def _is_ready(port: int, path: str) -> bool:
    try:
        return Person(port).ask("GET", path).status == 200
    except OSError:
        return False


def question_in(replies: list[Reply]) -> str | None:
    """Return the id of the question that the replies end with."""
    last = replies[-1] if replies else {}
    return last["id"] if last.get("card") in QUESTIONS else None


def cards_in(replies: list[Reply]) -> list[str]:
    """Return the cards of the replies, in order."""
    return [reply["card"] for reply in replies if "card" in reply]


def the(card: str, replies: list[Reply]) -> Reply:
    """Return the one reply with this card."""
    found = [reply for reply in replies if reply.get("card") == card]
    assert len(found) == 1, f"{len(found)} of {card!r} in {cards_in(replies)}"
    return found[0]
