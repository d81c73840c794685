"""A fresh clone opens no messaging channel; half a pair of secrets is one clear line."""

from __future__ import annotations

import pytest

from bot.channels.doors import DOORS, messaging_channels, open_doors
from bot.settings import MESSAGING, Settings

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-2", "SLACK_SIGNING_SECRET": "8f742231b10e"}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "42:AAbb", "TELEGRAM_SECRET_TOKEN": "abc_-1"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MESSAGING:
        # Set first, so that what the code sets is taken away again.
        monkeypatch.setenv(name.upper(), "")


def settings(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


def test_a_fresh_clone_opens_none_and_says_nothing(monkeypatch: pytest.MonkeyPatch):
    given = settings(monkeypatch, {})

    assert open_doors(given) == ([], [])
    assert messaging_channels([], given) == []


@pytest.mark.parametrize(
    ("values", "names"),
    [(SLACK, ["slack"]), (TELEGRAM, ["telegram"]), (SLACK | TELEGRAM, ["slack", "telegram"])],
)
def test_a_pair_of_secrets_opens_its_channel(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], names: list[str]
):
    given = settings(monkeypatch, values)

    doors, lines = open_doors(given)

    assert lines == []
    assert [channel.name() for channel in messaging_channels(doors, given)] == names


@pytest.mark.parametrize("name", [*SLACK, *TELEGRAM])
def test_half_a_pair_is_one_line_that_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, name: str):
    given = settings(monkeypatch, {name: (SLACK | TELEGRAM)[name]})

    doors, (line,) = open_doors(given)

    missing = next(other for pair in (SLACK, TELEGRAM) if name in pair for other in pair if other != name)
    assert doors == []
    assert f"{missing} is not" in line


def test_a_token_in_the_wrong_place_is_one_line(monkeypatch: pytest.MonkeyPatch):
    given = settings(monkeypatch, {**TELEGRAM, "TELEGRAM_SECRET_TOKEN": "with a space!"})

    _, (line,) = open_doors(given)

    assert line.startswith("TELEGRAM_SECRET_TOKEN does not look right")
    assert "with a space!" not in line


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch):
    shown = repr(settings(monkeypatch, SLACK | TELEGRAM))

    assert not any(value in shown for value in (SLACK | TELEGRAM).values())


def test_every_door_has_its_guide():
    from bot.settings import ROOT

    assert all((ROOT / door.guide).is_file() for door in DOORS)
