"""One spelling of the same text, whatever the phone made of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlp.normalise import clean, normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I can’t feel it", "I can't feel it"),
        ("“heel”", '"heel"'),
        ("foot…", "foot..."),
        ("back—foot", "back-foot"),
        ("it hurts sooooo much", "it hurts soo much"),
        ("the heel", "the heel"),
        ("ｎｕｍｂ", "numb"),
        ("  my \t heel  ", "my heel"),
        ("my heel", "my heel"),
        ("👍", "yes"),
        ("👎", "no"),
        ("my 🦶 is 🔥", "my foot is burning"),
        ("numb\u200b foot", "numb foot"),
        ("nu\u200dmb", "numb"),
        ("\u202enumb\u202c", "numb"),
        ("nu\x00mb", "nu mb"),
        ("10000 steps", "10000 steps"),
        ("line one\nline two", "line one\nline two"),
        ("", ""),
    ],
)
def test_the_same_text_has_one_spelling(written, read):
    assert normalise(written) == read


def test_cleaning_keeps_a_persons_words_as_they_are():
    text = "It's sooooo bad 🔥 — really"

    assert clean(text) == text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_written_nothing_hidden_remains(text):
    cleaned = clean(text)

    assert not set(cleaned) & {"\x00", "\x1b", "\u200b", "\u202e", "\ufeff"}
    assert cleaned == cleaned.strip()


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aAeo1 '’👍🔥.\n", max_size=60))
def test_a_text_that_was_normalised_stays_as_it_is(text):
    once = normalise(text)

    assert normalise(once) == once
