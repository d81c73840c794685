"""One process with SQLite: a locked file, a full disk, a model that is missing or torn."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands.train import model_path
from tests.conversations.live import ROOT, Assistant, cards_in, running

HEEL = "My left heel hurts in the morning"
NUMB_BELOW = "I can't feel the toilet paper when I wipe"


@pytest.fixture(scope="module")
def alone(model: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with running(tmp_path_factory.mktemp("alone"), "run") as assistant:
        yield assistant


def eventually_said(person, *texts: str) -> None:
    until = time.monotonic() + 15
    while [m["text"] for m in person.history() if m["from"] == "you"] != list(texts):
        assert time.monotonic() < until, "it was not stored in time"
        time.sleep(0.2)


def test_a_locked_database_delays_the_storing_not_the_answer(alone: Assistant):
    person = alone.somebody()
    person.says(HEEL)
    with contextlib.closing(sqlite3.connect(alone.folder / "talks.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert person.says("the left one")
        assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]
        other.execute("ROLLBACK")

    eventually_said(person, HEEL, "the left one", NUMB_BELOW)


def test_a_full_disk_delays_the_storing_not_the_answer(alone: Assistant):
    person = alone.somebody()
    person.says(HEEL)
    server, limit = alone.processes["run"].pid, resource.RLIMIT_FSIZE
    resource.prlimit(server, limit, (4096, resource.RLIM_INFINITY))
    try:
        assert person.says("the left one")
        assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]
    finally:
        resource.prlimit(server, limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    eventually_said(person, HEEL, "the left one", NUMB_BELOW)


def test_forgetting_leaves_nothing_in_the_files(alone: Assistant):
    person, other = alone.somebody(), alone.somebody()
    for words in ("My zebrastriped heel hurts", "it hurts my zebrastriped toes", "zebrastripes again"):
        person.says(words)
    other.says("My checkered heel hurts")

    assert person.ask("POST", "/chat/forget", b"{}").json["forgotten"]

    stored = b"".join(file.read_bytes() for file in alone.folder.iterdir())
    assert b"checkered" in stored
    assert b"zebrastripe" not in stored


def test_the_server_deletes_by_itself_what_is_too_old(model: None, tmp_path: Path):
    with contextlib.closing(sqlite3.connect(tmp_path / "talks.db")) as before:
        before.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), type_name VARCHAR(255), "
            "timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
        )
        old = time.time() - 8 * 24 * 3600
        before.execute(
            "INSERT INTO events VALUES (1, 'web-old00001', 'user', ?, '', '', 'zebrastripes')", [old]
        )
        before.commit()
    with running(tmp_path, "run", RETENTION_DAYS="7"):
        until = time.monotonic() + 15
        while b"zebrastripes" in b"".join(file.read_bytes() for file in tmp_path.glob("talks.db*")):
            assert time.monotonic() < until, "it was not deleted in time"
            time.sleep(0.2)


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_server_without_its_model_says_why_and_what_to_do(model: None, tmp_path: Path, damage: str):
    path = tmp_path / model_path().name
    if damage == "truncated":
        path.write_bytes(model_path().read_bytes()[:5000])
    with running(tmp_path, MODELS=str(tmp_path)) as assistant:
        assistant.start("server")
        assistant.wait_until_alive()
        answer = assistant.somebody().ask("GET", "/ready")

        assert answer.status == 503
        assert {"missing": "There is no model", "truncated": "is damaged"}[damage] in answer.json["model"]
        assert "python -m bot train" in answer.json["model"]
        assert assistant.somebody().ask("GET", "/health").status == 200
        assert [r["id"] for r in assistant.somebody().says(NUMB_BELOW)] == ["sorry"]
        forgetting = assistant.somebody().ask("POST", "/chat/forget", b"{}")
        assert forgetting.status == 503
        assert "Traceback" not in str(forgetting.json)
        assert "python -m bot train" in assistant.log()


def test_an_open_action_server_without_a_token_does_not_start():
    started = subprocess.run(
        [sys.executable, "-m", "bot", "actions"],
        cwd=ROOT,
        env={"PATH": "", "ACTIONS_HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert started.returncode == 2
    assert "Set ACTIONS_TOKEN" in started.stderr
