"""Which sites may show the chat in a frame."""

from __future__ import annotations

import pytest

from bot.channels.web import framing
from bot.settings import Settings, SettingsError


def test_any_site_may_show_the_chat_where_none_is_named(monkeypatch):
    monkeypatch.delenv("EMBEDDED_ON", raising=False)

    assert framing(Settings.from_environment().embedded_on) == "frame-ancestors *"


def test_only_the_named_sites_may_show_the_chat(monkeypatch):
    monkeypatch.setenv("EMBEDDED_ON", "https://clinic.example http://localhost:8080")

    named = framing(Settings.from_environment().embedded_on)

    assert named == "frame-ancestors 'self' https://clinic.example http://localhost:8080"


@pytest.mark.parametrize("origin", ["clinic.example", "https://a.example/path", "*", "https://a.example;x"])
def test_what_is_no_origin_is_refused_with_the_way_out(monkeypatch, origin):
    monkeypatch.setenv("EMBEDDED_ON", origin)

    with pytest.raises(SettingsError, match="EMBEDDED_ON names"):
        Settings.from_environment()
