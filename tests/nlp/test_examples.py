"""Our language data: every line can be read, and names only what we know."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.concepts import Assertion
from bot.nlp.examples import (
    DATA,
    Example,
    ExampleError,
    digest,
    finding_line,
    findings,
    moves_and_topics,
    read_examples,
    screen,
)


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


# ------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("line", "told"),
    {
        "x => foot_site.heel": [("foot_site.heel", Assertion.PRESENT)],
        "x => -sensation.numbness": [("sensation.numbness", Assertion.ABSENT)],
        "x => ?back_condition.sciatica": [("back_condition.sciatica", Assertion.POSSIBLE)],
        "x => <back_pain.past": [("back_pain.past", Assertion.HISTORICAL)],
        "x => ~risk.diabetes": [("risk.diabetes", Assertion.HYPOTHETICAL)],
        "x => @risk.diabetes": [("risk.diabetes", Assertion.FAMILY)],
        "x => side.left, -side.right": [("side.left", Assertion.PRESENT), ("side.right", Assertion.ABSENT)],
        "x =>": [],
    }.items(),
)
def test_a_mark_says_how_a_finding_was_meant(line, told):
    assert finding_line(line).findings == tuple(told)


def test_a_reply_is_read_with_its_question():
    example = finding_line("[side] the left one => side.left")

    assert (example.asked, example.text, example.move) == ("side", "the left one", None)


def test_a_line_that_tells_something_is_a_telling_and_a_question_is_not():
    assert finding_line("my heel => foot_site.heel").move == "tell"
    assert finding_line("is it my heel? => foot_site.heel").move is None
    assert finding_line("lovely day =>").move is None


def test_a_line_without_an_answer_is_refused_with_its_place():
    with pytest.raises(ExampleError, match=r"^stories\.txt:7: 'my heel' has no '=>'\. Write: text => label"):
        finding_line("my heel", "stories.txt:7")


def test_a_red_flags_lines_are_alarms_checks_or_quiet(tmp_path):
    text = "# heard in clinic\n[alarm]\nA => stroke\n\n[check]\nB\n[quiet]\nC\n"

    alarm, check, quiet = screen(file(tmp_path, "dvt.txt", text))

    assert alarm == Example("A", move="tell", alarms=frozenset({"dvt", "stroke"}))
    assert check == Example("B", alarms=frozenset(), checks=frozenset({"dvt"}))
    assert quiet == Example("C", alarms=frozenset())


def test_a_line_above_every_heading_is_refused_with_its_place(tmp_path):
    file(tmp_path, "dvt.txt", "\nmy calf is hot\n")

    with pytest.raises(ExampleError, match=r"^dvt\.txt:2: put \[alarm\], \[check\] or \[quiet\] above"):
        list(screen(tmp_path))


def test_moves_and_topics_are_read_from_rasas_own_format(tmp_path):
    text = 'version: "3.1"\nnlu:\n- intent: ask/bunions\n  examples: |\n    - what is a bunion\n'

    (example,) = moves_and_topics(file(tmp_path, "topics.yml", text))

    assert (example.text, example.move, example.topic) == ("what is a bunion", "ask", "bunions")
    assert example.alarms == frozenset()


def test_a_story_told_in_passing_is_not_taken_for_harmless(tmp_path):
    text = 'version: "3.1"\nnlu:\n- intent: tell\n  examples: |\n    - my calf is hot\n'

    (example,) = moves_and_topics(file(tmp_path, "moves.yml", text))

    assert example.alarms is None


def test_one_more_line_makes_new_data(tmp_path):
    folder = tmp_path / "screen"
    folder.mkdir()
    file(folder, "dvt.txt", "[alarm]\nA\n")
    before = digest(tmp_path)

    file(folder, "dvt.txt", "[alarm]\nA\nB\n")

    assert digest(tmp_path) != before


# ------------------------------------------------------------------- what ties the data to the rest


def test_every_line_can_be_read_and_has_words():
    examples = read_examples()

    assert len(examples) > 1000
    assert [example for example in examples if not example.text.strip()] == []


def test_the_lines_name_only_findings_that_we_know(knowledge):
    named = {concept for example in findings(DATA / "findings") for concept, _ in example.findings or ()}

    assert named - set(knowledge.concepts) == set()


def test_the_lines_answer_only_questions_that_we_ask(knowledge):
    asked = {example.asked for example in findings(DATA / "findings")} - {None}

    assert asked - set(knowledge.questions) == set()


def test_every_red_flag_has_its_lines_and_they_name_no_other(knowledge):
    named = {flag for example in screen(DATA / "screen") for flag in (*example.alarms, *example.checks)}
    own = {path.stem for path in (DATA / "screen").glob("*.txt")}

    assert set(knowledge.red_flags) <= own
    assert named == set(knowledge.red_flags)


def test_every_move_of_the_vocabulary_has_lines(vocabulary):
    moves = {example.move for example in moves_and_topics(DATA / "nlu")}

    assert set(vocabulary["moves"]) - {"tell"} <= moves


def test_every_topic_that_we_answer_is_asked_about_and_no_other(knowledge):
    asked = {example.topic for example in moves_and_topics(DATA / "nlu")} - {None}

    assert asked == set(knowledge.topics)


def test_no_line_asks_for_two_different_moves():
    moves: dict[str, set] = {}
    for example in moves_and_topics(DATA / "nlu"):
        moves.setdefault(example.text.lower(), set()).add((example.move, example.topic))

    assert {text: both for text, both in moves.items() if len(both) > 1} == {}
