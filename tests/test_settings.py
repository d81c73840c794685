"""What the environment may choose: read in one place, refused in clear words, and written down."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from bot import settings
from bot.nlp.encoder import Encoder
from bot.settings import ROOT, Settings, SettingsError

READS = re.compile(r"getenv|environ\.get|in os\.environ")
LISTED = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
MESSENGERS = set(settings.MESSAGING)


def test_nothing_else_reads_the_environment():
    modules = [path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py")]

    readers = [path for path in modules if READS.search(path.read_text(encoding="utf-8"))]

    assert [path.name for path in readers] == ["settings.py"]


def test_every_setting_is_listed():
    names = {field.name.upper() for field in fields(Settings) if field.name not in MESSENGERS}

    assert names - LISTED == set()


@pytest.mark.parametrize("given", ["", "two", "0", "-1", "1.5", "65"])
def test_a_number_of_threads_that_cannot_be_used_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, given: str
):
    monkeypatch.setenv("ENCODER_THREADS", given)

    with pytest.raises(SettingsError, match=r"ENCODER_THREADS=.* Give a whole number from 1 to 64"):
        Encoder()


def test_the_encoder_has_as_many_threads_as_are_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENCODER_THREADS", "2")

    assert Encoder()._session.get_session_options().intra_op_num_threads == 2


@pytest.mark.parametrize(("given", "chosen"), [("postgresql://db/talks", True), ("", False)])
def test_a_database_that_is_named_is_not_replaced(monkeypatch: pytest.MonkeyPatch, given: str, chosen: bool):
    monkeypatch.setenv("DATABASE_URL", given)

    assert settings.is_set("DATABASE_URL") is chosen
