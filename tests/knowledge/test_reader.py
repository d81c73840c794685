"""The reader takes what clinicians write, and says where, what and what to do when it cannot."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.knowledge.concepts import Assertion, Certainty, Fit, Knowledge, Urgency
from bot.knowledge.reader import CONTENT, digest, read_knowledge, statements_of
from bot.knowledge.yaml_lines import ContentError


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content that a test may spoil."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def change(file: Path, old: str, new: str) -> int:
    """Replace the first `old` and return the line it stood on."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


# What was written wrongly, and what the message must say of it: value and remedy.
MISTAKES = {
    "a red flag's sign that nobody defined": (
        ("red_flags.yml", "[sign.saddle_numbness]", "[sign.sadle_numbness]"),
        ("'sign.sadle_numbness'", "sign.saddle_numbness"),
    ),
    "an unknown source": (
        ("mechanisms.yml", "sources: [nhs_sciatica]", "sources: [nhs_sciatika]"),
        ("'nhs_sciatika'", "nhs_sciatica"),
    ),
    "a crisis line of an unknown source": (
        ("regions.yml", "source: samaritans", "source: samaritan"),
        ("'samaritan'", "samaritans"),
    ),
    "an unknown certainty": (
        ("mechanisms.yml", "certainty: strong", "certainty: proven"),
        ("'proven'", "Use one of: strong, fair, limited, theory"),
    ),
    "an unknown urgency": (
        ("red_flags.yml", "urgency: emergency", "urgency: soon"),
        ("'soon'", "Use one of: routine, within_days, same_day, emergency"),
    ),
    "a field in the wrong spelling": (
        ("topics_care.yml", "  title: ", "  titel: "),
        ("'title' is missing", "Add 'title: ...'"),
    ),
    "a field that is not ours": (
        ("topics_care.yml", "  title: ", "  author: me\n  title: "),
        ("'author'", "exercises_back"),
    ),
    "a statement without words": (
        ("topics_care.yml", 'say: "Most kinds of exercise', 'say: "" # "Most kinds of exercise'),
        ("'say'", "needs text"),
    ),
    "a weight in words": (
        ("mechanisms.yml", "weight: 3", "weight: three"),
        ("'three'", "needs int"),
    ),
    "a topic that points nowhere": (
        ("topics_care.yml", "see_also: [physical_therapy,", "see_also: [fysical_therapy,"),
        ("'fysical_therapy'", "physical_therapy"),
    ),
    "a self-care tip for an unknown finding": (
        ("advice.yml", "not_when: [sensation.weakness]", "not_when: [sensation.weekness]"),
        ("'sensation.weekness'", "sensation.weakness"),
    ),
    "a choice that tells an unknown finding": (
        ("questions.yml", "tells: [foot_site.heel]", "tells: [foot_site.heal]"),
        ("'foot_site.heal'", "foot_site.heel"),
    ),
    "text with an unquoted colon": (
        ("topics_care.yml", 'title: "Stretching"', "title: Stretching: how"),
        ("not readable YAML", "put quotes around text"),
    ),
    "an entry written twice": (
        ("advice.yml", "change_position:", "keep_active:"),
        ("'keep_active'", "Keep one of the two"),
    ),
    "a family of findings without a label": (
        ("lexicon.yml", "  label: where it hurts\n", ""),
        ("'label' is missing", "Add 'label: ...'"),
    ),
    "a tip that helps with an unknown mechanism": (
        ("advice.yml", "helps: [nerve_compression,", "helps: [nerve_compresion,"),
        ("'nerve_compresion'", "nerve_compression"),
    ),
}


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_refused_with_its_value_and_a_remedy(mistake, message, content):
    file, old, new = mistake
    change(content / file, old, new)

    with pytest.raises(ContentError) as refused:
        read_knowledge(content)

    assert re.match(rf"{file}:\d+: ", str(refused.value))
    for words in message:
        assert words in str(refused.value)


def test_the_message_names_the_very_line_of_a_wrong_value(content):
    line = change(content / "mechanisms.yml", "weight: 3", "weight: three")

    with pytest.raises(ContentError, match=rf"^mechanisms\.yml:{line}: "):
        read_knowledge(content)


def test_the_message_names_the_line_of_the_entry_that_cites_an_unknown_source(content):
    line = change(content / "topics_care.yml", "stretching:\n", "stretching:\n")
    change(content / "topics_care.yml", "[labovitz_2011, sagar_hamstrings]", "[labowitz_2011]")

    with pytest.raises(ContentError, match=rf"^topics_care\.yml:{line}: .*'labowitz_2011'"):
        read_knowledge(content)


def test_the_same_topic_in_two_files_is_refused(content):
    (content / "topics_new.yml").write_text((content / "topics_care.yml").read_text(encoding="utf-8"))

    with pytest.raises(ContentError, match=r"^topics_new\.yml:\d+: .* stands in two files\. Keep one"):
        read_knowledge(content)


@pytest.mark.parametrize("name", ["mechanisms", "referral", "lexicon", "regions"])
def test_a_missing_file_is_named(name, content):
    (content / f"{name}.yml").unlink()

    with pytest.raises(ContentError, match=rf"^{name}\.yml: .*Put it back"):
        read_knowledge(content)


def test_an_empty_folder_is_no_knowledge(tmp_path):
    with pytest.raises(ContentError, match="no content files here"):
        read_knowledge(tmp_path)


def test_an_edited_file_makes_a_new_edition(content):
    before = digest(content)
    change(content / "advice.yml", "Keep moving", "Please keep moving")

    after = read_knowledge(content)

    assert after.digest != before
    assert after.advice["keep_active"].statement.say.startswith("Please keep moving")


def test_yes_and_no_stay_words_and_are_no_switches(knowledge):
    assert {"radiates_down_leg.yes", "radiates_down_leg.no"} <= set(knowledge.concepts)


# ------------------------------------------------------------------- the shared vocabulary


def test_the_mechanisms_are_the_four_we_agreed_on(knowledge, vocabulary):
    assert list(knowledge.mechanisms) == vocabulary["closed"]["mechanisms"]


def test_fits_certainties_and_assertions_are_those_we_agreed_on(vocabulary):
    for concept, word in ((Fit, "fit"), (Certainty, "certainty"), (Assertion, "assertion")):
        assert [member.value for member in concept] == vocabulary["closed"][word]


def test_urgencies_are_those_we_agreed_on_the_most_urgent_highest(vocabulary):
    ordered = sorted(Urgency, reverse=True)

    assert [urgency.name.lower() for urgency in ordered] == vocabulary["closed"]["urgency"]


@pytest.mark.parametrize("urgency", ["emergency", "same_day", "within_days", "routine"])
def test_every_red_flag_has_the_urgency_we_agreed_on(urgency, knowledge, vocabulary):
    flags = {name for name, flag in knowledge.red_flags.items() if flag.urgency.name.lower() == urgency}

    assert flags == set(vocabulary["red_flags"].get(urgency, ()))


def test_every_finding_of_the_vocabulary_can_be_told(knowledge, vocabulary):
    findings = {f"{family}.{value}" for family, values in vocabulary["findings"].items() for value in values}

    assert findings <= set(knowledge.concepts)


def test_every_topic_of_the_vocabulary_has_an_answer(knowledge, vocabulary):
    assert set(vocabulary["topics"]) <= set(knowledge.topics)


def test_every_other_explanation_of_the_vocabulary_is_known(knowledge, vocabulary):
    assert set(vocabulary["other_explanations"]) <= set(knowledge.other_explanations)


def test_a_question_asks_for_a_family_or_a_red_flag(knowledge, vocabulary):
    allowed = {*vocabulary["findings"], *knowledge.red_flags}

    assert set(knowledge.questions) <= allowed
    assert {question.card for question in knowledge.questions.values()} <= set(vocabulary["closed"]["cards"])


def test_fits_certainties_and_urgencies_have_names_for_people(knowledge, vocabulary):
    for word in ("fit", "certainty"):
        for value in vocabulary["closed"][word]:
            assert knowledge.phrases[f"{word}_{value}"]
    for flag in knowledge.red_flags.values():
        assert knowledge.phrases[f"urgency_{flag.urgency.name.lower()}"]


# ------------------------------------------------------------------- what we stand behind


def test_every_health_statement_has_a_source(knowledge: Knowledge):
    without = [(kind, name, s.say) for kind, name, s in statements_of(knowledge) if not s.sources]

    assert without == []


def test_every_red_flag_says_what_to_do_and_who_says_so(knowledge):
    for flag in knowledge.red_flags.values():
        assert flag.do
        assert flag.sources
        assert flag.signs or flag.unclear


def test_every_source_has_an_address_and_tells_how_it_was_read(knowledge):
    for source in knowledge.sources.values():
        assert source.url.startswith(("https://", "/chat/"))
        assert source.checked in ("read", "secondary", "unverified")


def test_a_person_without_any_finding_still_has_someone_to_see_first(knowledge):
    assert knowledge.referral.first_step[-1].when == ()


def test_every_first_step_leads_to_a_specialist_or_the_family_doctor(knowledge):
    known = {specialist.id for specialist in knowledge.referral.specialists} | {"family_doctor"}

    assert {step.start_with for step in knowledge.referral.first_step} <= known
