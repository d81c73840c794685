"""The same assistant with its knowledge and its conversations in a real PostgreSQL."""

from __future__ import annotations

from tests.conversations.live import cards_in, running


def test_a_whole_talk_runs_on_postgresql(model: None, postgres_url: str, tmp_path):
    with running(tmp_path, "run", database_url=postgres_url) as assistant:
        person = assistant.somebody()

        person.says("hello")
        replies = person.says(
            "My heel stabs with the first steps, my calves and hamstrings are tight, no back trouble ever"
        )
        for _ in range(8):
            if "referral" in cards_in(replies):
                break
            replies = person.presses(
                next((t for t in ("No", "None of these") if t in person.buttons), next(iter(person.buttons)))
            )
        history = person.history()

        assert {"links", "referral"} <= set(cards_in(replies))
        assert next(m["text"] for m in history if m["from"] == "you") == "hello"
