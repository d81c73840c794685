"""Who talks to the assistant."""

from __future__ import annotations

import pytest

from tests.channels.beside import Services
from tests.channels.people import SlackPerson, TelegramPerson
from tests.conversations.live import Assistant, Person
from tests.conversations.trio import Trio


@pytest.fixture
def person(assistant: Assistant) -> Person:
    """Somebody who opens the page for the first time."""
    return assistant.somebody()


@pytest.fixture
def slack_person(assistant: Assistant, messengers: Services) -> SlackPerson:
    return SlackPerson(assistant.port, messengers.slack)


@pytest.fixture
def telegram_person(assistant: Assistant, messengers: Services) -> TelegramPerson:
    return TelegramPerson(assistant.port, messengers.telegram)


@pytest.fixture
def trio(person: Person, slack_person: SlackPerson, telegram_person: TelegramPerson) -> Trio:
    """One and the same newcomer in all three channels."""
    return Trio(person, slack_person, telegram_person)
