"""python -m bot chat: the same talk in a terminal, the cards as text."""

from __future__ import annotations

import subprocess
import sys

from tests.conversations.live import ROOT, Assistant, free_ports

SECONDS = 60


def typed(*lines: str, port: int, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type lines into the terminal's talk and leave."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        cwd=ROOT,
        env={**environment, "PORT": str(port)},
        input="\n".join([*lines, "quit", ""]),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def test_a_talk_in_the_terminal_shows_questions_buttons_and_the_page(assistant: Assistant):
    talk = typed(
        "My left heel hurts and my back hurts now",
        "2",
        "What is sciatica?",
        "summary, please",
        port=assistant.port,
        environment=assistant.environment,
    )

    assert talk.returncode == 0, talk.stderr
    assert "run from your back, bottom or leg down into the foot?" in talk.stdout
    assert "  [2] No" in talk.stdout
    assert "Sciatica is pain from an irritated nerve" in talk.stdout
    assert "Source: " in talk.stdout
    assert "it does not run down the leg" in talk.stdout.partition("Here is a page to bring along.")[2]


def test_where_nobody_answers_the_terminal_says_what_to_do(assistant: Assistant):
    (port,) = free_ports(1)

    talk = typed("hello", port=port, environment=assistant.environment)

    assert talk.returncode == 1
    assert "make run" in talk.stderr
