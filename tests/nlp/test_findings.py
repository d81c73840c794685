"""What a message tells, each sentence with its answer written in.

[words](label) are the words that tell it; labels as in data/findings: foot_site.heel is present,
-x denied, ?x possible, <x past, ~x feared, @x someone else's. A bug report becomes one more line.
"""

from __future__ import annotations

import re

import pytest

from bot.nlp.examples import MARKS
from bot.nlp.findings import FindingsReader

ANSWER = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
MARK = {assertion: mark for mark, assertion in MARKS.items()}

SENTENCES = [
    # told plainly
    "my [left](side.left) [heel](foot_site.heel) hurts with the [first steps](timing.first_steps)",
    "[pins and needles](sensation.tingling) in my [big toe](foot_site.big_toe)",
    "[burning](sensation.burning) [at night](timing.night)",
    "I [limp](gait.limping) and my [calves are tight](muscles.tight_calves)",
    "it [runs down my leg](radiates_down_leg.yes)",
    "I have a [slipped disc](back_condition.herniated_disc)",
    "I am a [diabetic](risk.diabetes)",
    "[both feet](side.both) go [numb](sensation.numbness)",
    "the [little toe](foot_site.little_toe) is [numb](sensation.numbness)",
    # denied
    "no [tingling](-sensation.tingling) at all, just a [dull ache](sensation.aching)",
    "I don't have any [numbness](-sensation.numbness)",
    "neither [tingling](-sensation.tingling) nor [burning](-sensation.burning)",
    "without any [back pain](-back_pain.current)",
    "no [numbness](-sensation.numbness) but [tingling](sensation.tingling)",
    # what looks like a denial and is none
    "not only [numb](sensation.numbness) but cold",
    "I can't walk because of my [heel](foot_site.heel)",
    "the [burning](sensation.burning) [never stops](timing.constant)",
    "no doubt it is [sciatica](back_condition.sciatica)",
    "no one believes my [heel](foot_site.heel) hurts",
    # once, perhaps, feared
    "I used to have [sciatica](<back_condition.sciatica)",
    "it isn't [numb](<sensation.numbness) any more",
    "they think it might be a [slipped disc](?back_condition.herniated_disc)",
    "maybe [sciatica](?back_condition.sciatica)",
    "what if I get [numbness](~sensation.numbness)",
    "I'm afraid of getting [diabetes](~risk.diabetes)",
    "what is [sciatica](~back_condition.sciatica)",
    "[sciatica](<back_condition.sciatica) in the past",
    # someone else's
    "[diabetes](@risk.diabetes) in my family",
    "my mum has [sciatica](@back_condition.sciatica)",
    "my sister has [diabetes](@risk.diabetes) but my [heel](foot_site.heel) hurts",
    "[diabetes](@risk.diabetes) runs in the family",
    "my wife says I [limp](gait.limping)",
    # signs said as people say them
    "I [can't feel it when I wipe](sign.wiping_no_feel)",
    # time and spelling
    "my [heel](foot_site.heel) hurts [since tuesday](duration.days)",
    "[six months](duration.months) now",
    "[pins and neeedles](sensation.tingling) in the [ankkle](foot_site.ankle)",
    "MY [HEEL](foot_site.heel) IS [BURNING](sensation.burning)!!!",
]


def label(finding) -> str:
    return MARK.get(finding.assertion, "") + finding.concept


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_read_as_it_was_meant(sentence, reader: FindingsReader):
    plain = ANSWER.sub(r"\1", sentence)
    answers = {told for _, told in ANSWER.findall(sentence)}

    read = {label(evidence.finding) for evidence in reader.read(reader.mend(plain))}

    assert read == answers


# What is not read as meant yet; a fix makes its line fail, and then it moves up.
NOT_YET = [
    "[numbness](-sensation.numbness)? not at all",
    "[numbness](-sensation.numbness), never",
]


@pytest.mark.xfail(strict=True, reason="read as present, which errs on the safe side")
@pytest.mark.parametrize("sentence", NOT_YET)
def test_a_sentence_is_not_yet_read_as_it_was_meant(sentence, reader: FindingsReader):
    plain = ANSWER.sub(r"\1", sentence)
    answers = {told for _, told in ANSWER.findall(sentence)}

    read = {label(evidence.finding) for evidence in reader.read(reader.mend(plain))}

    assert read == answers


def test_a_denied_warning_sign_is_denied(reader):
    told = {label(evidence.finding) for evidence in reader.read("no numbness between my legs")}

    assert "-sign.saddle_numbness" in told
    assert not any(one.startswith("sign.") for one in told)


@pytest.mark.parametrize("text", ["", "   ", "hello there", "?!", "👋", "1234", "the weather is nice"])
def test_a_message_without_a_finding_tells_nothing(text, reader):
    assert reader.read(reader.mend(text)) == []


def test_a_finding_keeps_the_persons_own_words(reader):
    (told,) = [e for e in reader.read("there are Pins And Needles in it") if e.finding.family == "sensation"]

    assert told.finding.words == "Pins And Needles"
    assert told.start == len("there are ")


def test_the_words_that_turned_the_meaning_are_named(reader):
    (told,) = reader.read("my mum has sciatica")

    assert any("mum" in modifier or "my" in modifier for modifier in told.modifiers)


def test_a_side_belongs_to_what_hurts_beside_it(reader):
    told = {e.finding.concept: e.finding for e in reader.read("my left heel aches after rest")}

    assert told["foot_site.heel"].side == "left"
    assert told["sensation.aching"].side == "left"
    assert told["timing.after_rest"].side is None


def test_the_longest_words_count_the_little_toe_is_not_the_toes_as_well(reader):
    sites = [e.finding.concept for e in reader.read("my little toe") if e.finding.family == "foot_site"]

    assert sites == ["foot_site.little_toe"]


def test_what_is_both_denied_and_told_is_told(reader):
    told = [e.finding for e in reader.read("no numbness at first. Now it is numb.")]

    assert [label(one) for one in told] == ["sensation.numbness"]


def test_right_away_is_no_side(reader):
    assert [e.finding.concept for e in reader.read("it hurts right now, right after I get up")] == []


def test_a_long_message_is_read_to_its_end(reader):
    text = "It was a long day and I was busy, so I sat down. " * 60 + "My heel burns."

    told = {e.finding.concept for e in reader.read(text)}

    assert told == {"foot_site.heel", "sensation.burning"}
