"""The clinicians' terms are found as people write them, and nothing else is."""

from __future__ import annotations

import pytest

from bot.knowledge.concepts import Concept
from bot.nlp.lexicon import Lexicon, Speller, TermError, first_words, term_regex


def lexicon(*terms: str) -> Lexicon:
    return Lexicon({"sensation.tingling": Concept("sensation.tingling", "tingling", terms)})


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("heel", "my heel hurts"),
        ("tingl*", "it tingles"),
        ("tingl*", "a tingling toe"),
        ("pins and needles", "pins and needles"),
        ("pins and needles", "pins-and-needles"),
        ("(my|the) heel", "under the heel"),
        ("(big|great) toe", "the great toe"),
        ("both ?of ?my heels", "both heels"),
        ("both ?of ?my heels", "both of my heels"),
        ("numb ... toes", "numb toes"),
        ("numb ... toes", "numb in two of my toes"),
        ("can't feel", "i cant feel it"),
        ("can't feel", "i can't feel it"),
        ("(fat pad|cushion) ?(hurts|aches)", "the fat pad aches"),
        ("gone ?(to sleep|asleep)", "my foot has gone to sleep"),
    ],
)
def test_a_term_is_found(term, text):
    assert [match.term for match in lexicon(term).find(text)] == [term]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("heel", "the heels of bread"),
        ("heel", "i wheel it"),
        ("numb", "the number is 3"),
        ("pins and needles", "pins. and needles"),
        ("numb ... toes", "numb in the one and only two toes"),
        ("(my|the) heel", "a heel"),
        ("big toe", "a big sore toe"),
    ],
)
def test_a_term_is_not_found_in_other_words(term, text):
    assert lexicon(term).find(text) == []


def test_of_two_terms_that_begin_together_the_longest_is_found():
    (found,) = lexicon("pins", "pins and needles").find("some pins and needles here")

    assert (found.term, found.start, found.end) == ("pins and needles", 5, 21)


def test_a_concept_is_found_at_every_place_where_it_is_named():
    assert [match.start for match in lexicon("heel").find("heel to heel")] == [0, 8]


@pytest.mark.parametrize("term", ["... heel", "heel ...", ""])
def test_a_term_without_a_word_at_its_ends_is_refused_by_name(term):
    with pytest.raises(TermError, match=r"sensation\.tingling: the term .* must begin and end in a word"):
        lexicon(term)


def test_a_term_may_begin_with_any_of_its_alternatives():
    assert first_words("?really (numb*|dead feeling) toes") == {"really", "numb*", "dead"}


def test_a_term_is_matched_to_the_end_of_a_word():
    assert term_regex("heel").match("heels") is None


def test_every_term_of_the_clinicians_can_be_read(knowledge):
    built = Lexicon(knowledge.concepts)

    assert len(built.words) > 100


# ------------------------------------------------------------------- spelling


@pytest.fixture
def speller() -> Speller:
    return Speller(["tingling", "sciatica", "plantar", "numbness"], {"tangling", "plants", "single"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tingeling", "tingling"),
        ("siatica", "sciatica"),
        ("sciatca", "sciatica"),
        ("Numbnes in it", "numbness in it"),
        ("planter", "plantar"),
    ],
)
def test_a_misspelt_health_word_is_put_right(written, meant, speller):
    assert speller.mend(written) == meant


@pytest.mark.parametrize(
    "text", ["tangling", "plants", "single", "sciatica", "Tingling", "numb", "toes 12345"]
)
def test_a_word_that_is_right_stays_as_it_is(text, speller):
    assert speller.mend(text) == text
