"""A long story is heard to its end."""

import numpy as np
import pytest

from bot.nlp.encoder import load_encoder
from bot.nlp.hearing import parts_of
from bot.nlp.understanding import Understanding, says_plainly

RAMBLING = "then we went down to the market and had a look at the stalls and the weather was fine "


@pytest.mark.parametrize("words", [81, 100, 119, 139, 400, 900])
def test_every_word_of_a_long_text_stands_in_a_part(words):
    text = " ".join(str(number) for number in range(words))

    heard = {word for part in parts_of(text) for word in part.split()}

    assert heard == set(text.split())


def test_many_short_sentences_are_heard_together():
    parts = parts_of("It hurts. Can't pee. " * 40)

    assert len(parts) == 3
    assert sum(part.count("Can't pee.") for part in parts) == 40


def test_what_is_told_at_the_end_of_a_long_story_is_found(knowledge):
    understanding = Understanding(knowledge, load_encoder())

    reading = understanding.hear(RAMBLING * 12 + "and I have diabetes")

    assert "risk.diabetes" in {f.concept for f in understanding.findings(reading)[0]}


def test_left_and_right_are_both_feet(knowledge):
    understanding = Understanding(knowledge, load_encoder())

    findings, _ = understanding.findings(understanding.hear("my left foot is sore and my right foot is sore"))

    assert [f.concept for f in findings if f.family == "side"] == ["side.both"]


@pytest.mark.parametrize(
    ("text", "plain"),
    {
        "My left heel hurts and my back hurts now": True,
        "my foot burns and it runs down my leg": True,
        "My heel hurts and I can't move my legs": False,
        "my left foot is numb": False,
        "I have diabetes and my heel hurts": False,
        "my heel hurts since the ladder slipped": False,
        "My foot hurts": True,
    }.items(),
)
def test_only_what_terms_explain_to_the_last_word_is_plain(text, plain, knowledge):
    understanding = Understanding(knowledge, load_encoder())

    heard = understanding.hear(text)

    assert says_plainly(heard.told, understanding.findings(heard)[1]) is plain


def test_a_reply_to_a_safety_check_is_heard_by_itself(knowledge):
    reader = Understanding(knowledge, load_encoder())
    words = "maybe three months, i think the heel was first"

    after_check, by_itself = reader.hear(words, "spondyloarthritis"), reader.hear(words)

    assert np.array_equal(after_check.named, by_itself.named)
    assert not np.array_equal(reader.hear(words, "duration").named, by_itself.named)
