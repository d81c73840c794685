"""Who talks to the assistant."""

from __future__ import annotations

import pytest

from tests.conversations.live import Assistant, Person


@pytest.fixture
def person(assistant: Assistant) -> Person:
    """Somebody who opens the page for the first time."""
    return assistant.somebody()
