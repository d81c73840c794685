"""A session belongs to one browser: its cookie cannot be guessed, forged or read by scripts."""

from __future__ import annotations

import pytest

from bot.channels.session import Sessions


def test_a_session_that_we_made_is_known_again():
    sessions = Sessions("a secret")

    cookie = sessions.new()

    assert sessions.sender(cookie).startswith("web-")
    assert sessions.sender(cookie) == sessions.sender(cookie)


def test_a_session_outlives_a_restart_with_the_same_secret():
    cookie = Sessions("a secret").new()

    assert Sessions("a secret").sender(cookie) == Sessions("a secret").sender(cookie)
    assert Sessions("a secret").sender(cookie) is not None


def test_two_browsers_have_two_sessions():
    sessions = Sessions("a secret")

    senders = {sessions.sender(sessions.new()) for _ in range(100)}

    assert len(senders) == 100


@pytest.mark.parametrize("other", ["another secret", ""])
def test_a_session_signed_by_another_server_is_not_known(other):
    assert Sessions(other).sender(Sessions("a secret").new()) is None


def test_two_servers_without_a_secret_do_not_share_sessions():
    assert Sessions("").sender(Sessions("").new()) is None


@pytest.mark.parametrize(
    "cookie", [None, "", ".", "abc", "abc.", ".abc", "abc.def", "ä.ö", "a.b.c", "x" * 5000]
)
def test_what_is_no_cookie_of_ours_is_not_known(cookie):
    assert Sessions("a secret").sender(cookie) is None


def test_a_cookie_with_a_changed_name_or_signature_is_not_known():
    sessions = Sessions("a secret")
    name, _, signature = sessions.new().partition(".")

    assert sessions.sender(f"{name}x.{signature}") is None
    assert sessions.sender(f"{name}.{signature[:-1]}") is None
    assert sessions.sender(f"{name}.{signature}x") is None


def test_the_cookie_is_hidden_from_scripts_and_sent_only_over_https():
    header = Sessions("a secret").header("value")

    assert header.startswith("sole_spine=value; Path=/chat; ")
    assert {"Secure", "HttpOnly", "Partitioned"} <= set(header.split("; "))
