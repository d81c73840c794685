"""Emergencies reach the person though the action server and the database are dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pgserver
import pytest

from bot.knowledge.concepts import Urgency
from tests.conversations.live import Assistant, running
from tests.safety.measure import Judge, Line, flag_lines, outcome

SAMPLE = 50


@pytest.fixture(scope="module")
def cut_off(model: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The web server alone: its action server ended, its PostgreSQL stopped."""
    folder: Path = tmp_path_factory.mktemp("cut_off")
    database = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    with running(folder, "actions", "server", database_url=database.get_uri()) as assistant:
        assistant.end("actions")
        database.cleanup()
        yield assistant


def sample() -> list[Line]:
    """Return emergencies of the evaluation set that alarm at once, spread evenly over all of them."""
    judge = Judge()
    flags = judge.knowledge.red_flags
    lines = [
        line
        for line in flag_lines()
        if flags[line.flags[0]].urgency is Urgency.EMERGENCY
        and outcome(judge.alerts(line.text), Urgency.EMERGENCY) == "at once"
    ]
    return [lines[place * len(lines) // SAMPLE] for place in range(SAMPLE)]


def test_fifty_emergencies_are_answered_with_urgent_care_when_all_behind_the_server_is_dead(
    cut_off: Assistant,
):
    for line in sample():
        replies = cut_off.somebody().says(line.text)

        # Who is in a crisis besides gets a card for that, too.
        cards = [reply for reply in replies if reply.get("card") == "urgent_care"]
        assert cards, line.place
        assert all(card["urgency"] == "emergency" and card["do"] for card in cards), line.place
