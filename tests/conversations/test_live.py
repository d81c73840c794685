"""Talk to the whole assistant, both servers and a database, as a person in a browser does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge.concepts import Knowledge
from bot.knowledge.reader import read_knowledge
from tests.conversations.live import Assistant, Person, Reply, cards_in, question_in, running, the

HEEL_AND_BACK = "My heel hurts and my lower back hurts too"
DISC = (
    "My left foot tingles and my lower back has hurt since I slipped a disc in March, "
    "it shoots down my leg when I cough"
)
NUMB_BELOW = "I can't feel the toilet paper when I wipe"
QUESTIONS = sorted(read_knowledge().questions)
# What most people press, where a story says nothing else.
USUALLY = {
    "foot_site": "Heel",
    "side": "Left",
    "sensation": "Dull ache",
    "back_pain": "It hurts now",
    "radiates_down_leg": "No",
    "timing": "Walking",
    "relief": "Rest",
    "onset_order": "Both together",
    "duration": "Months",
    "gait": "No change",
    "footwear": "Good support",
    "muscles": "None of these",
    "load": "None of these",
    "back_condition": "Nobody said",
    "risk": "None of these",
}


def answer_all(person: Person, replies: list[Reply], **titles: str) -> tuple[list[str], list[Reply]]:
    """Answer each question by its button; return the questions and the replies after the last."""
    asked: list[str] = []
    while (question := question_in(replies)) and len(asked) <= 20:
        asked.append(question)
        replies = person.presses({**USUALLY, **titles}.get(question, "No"))
    return asked, replies


def tells(person: Person, words: str) -> str:
    """Tell a story, say no to checks of other warning signs; return the interview's question."""
    replies = person.says(words)
    while (question := question_in(replies)) and question not in QUESTIONS:
        replies = person.presses("No")
    assert question, cards_in(replies)
    return question


def told_so_far(person: Person) -> str:
    """Return the page so far, as text."""
    return the("summary", person.send({"payload": "/summary_please"}).replies)["text"]


# The way to the recommendation


def test_a_greeting_is_met_with_who_we_are_and_an_invitation(person: Person):
    replies = person.says("hi")

    assert cards_in(replies) == ["notice"]
    assert "I cannot examine you" in replies[0]["text"]
    assert replies[0]["text"].endswith("how is your back?")


def test_a_slipped_disc_leads_to_a_squeezed_nerve_and_both_specialists(person: Person):
    person.says("hi")

    asked, replies = answer_all(person, person.says(DISC), foot_site="Outer edge", onset_order="Back first")

    assert not {"side", "back_pain", "radiates_down_leg", "duration"} & set(asked)
    assert len(asked) == len(set(asked)) <= 8
    fits = {one["mechanism"]: one["fit"] for one in the("links", replies)["links"]}
    assert fits["nerve_compression"] == "well"
    assert {"podiatrist", "spine_specialist"} <= set(the("referral", replies)["specialists"])


MECHANISMS = {
    "posture_gait": (
        "The arch of my foot is sore and my lower back aches. I stand all day and my feet roll in",
        {"relief": "Shoes off", "timing": "Standing", "gait": "My feet roll in"},
    ),
    "compensation": (
        "Since my back went I have walked differently to spare it, and now the outer edge of my foot aches",
        {"onset_order": "Back first", "gait": "Since my back hurts", "foot_site": "Outer edge"},
    ),
    "muscle_imbalance": (
        "My heel hurts on the first steps in the morning, my lower back is sore and my hamstrings are tight",
        {"muscles": "Tight thigh backs", "relief": "Moving about", "timing": "First steps"},
    ),
}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_story_of_each_other_kind_finds_its_mechanism_among_the_best_fits(mechanism: str, person: Person):
    words, titles = MECHANISMS[mechanism]

    asked, replies = answer_all(person, person.says(words), **titles)

    best = [one["mechanism"] for one in the("links", replies)["links"] if one["fit"] in ("well", "partly")]
    assert mechanism in best[:2]
    assert len(asked) <= 8
    assert cards_in(replies)[-3:] == ["answer", "referral", "summary"]


# Red flags


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_red_flag_is_heard_as_the_answer_to_every_question(
    question: str, person: Person, assistant: Assistant
):
    person.says("hi")
    assistant.open_question(person, question)

    replies = person.says(NUMB_BELOW)

    assert cards_in(replies) == ["urgent_care"]
    assert replies[0]["red_flag"] == "cauda_equina"
    assert replies[0]["urgency"] == "emergency"


def test_a_red_flag_is_heard_wherever_it_comes_in_an_interview(assistant: Assistant):
    asked, _ = answer_all(first := assistant.somebody(), first.says(HEEL_AND_BACK))

    for place, question in enumerate(asked):
        person = assistant.somebody()
        replies = person.says(HEEL_AND_BACK)
        for before in asked[:place]:
            replies = person.presses(USUALLY.get(before, "No"))
        assert question_in(replies) == question
        assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]


def test_after_an_alarm_the_talk_may_go_on(person: Person):
    tells(person, HEEL_AND_BACK)
    person.says(NUMB_BELOW)

    replies = person.presses("Go on with the talk")

    assert question_in(replies)


@pytest.mark.parametrize(
    ("answer", "card"), [("Yes", "urgent_care"), ("Not sure", "urgent_care"), ("No", "")]
)
def test_the_safety_question_is_acted_upon(answer: str, card: str, person: Person):
    question = tells(person, HEEL_AND_BACK)
    while question != "cauda_equina":
        question = str(question_in(person.presses(USUALLY.get(question, "No"))))

    replies = person.presses(answer)

    assert ("urgent_care" in cards_in(replies)) == bool(card)


@pytest.mark.parametrize(
    ("answer", "card"), [("yes", "urgent_care"), ("I'm not sure", "urgent_care"), ("nope", "")]
)
def test_a_typed_reply_to_a_safety_check_is_heard_as_one(answer: str, card: str, person: Person):
    replies = person.says("I am short of breath")
    assert cards_in(replies)[-1] == "safety_check"

    replies = person.says(answer)

    assert ("urgent_care" in cards_in(replies)) == bool(card)


# Going astray, and back


def test_a_digression_is_answered_and_the_question_put_again(person: Person, knowledge: Knowledge):
    question = tells(person, "My left foot tingles")

    replies = person.says("What is sciatica?")

    assert replies[0]["topic"] == "sciatica"
    assert replies[0]["sources"]
    assert question_in(replies) == question
    assert replies[-1]["text"] == knowledge.questions[question].again


def test_a_correction_changes_what_was_told(person: Person):
    question = tells(person, "My right heel hurts")

    replies = person.says("Sorry, I meant the left foot")

    assert replies[0]["id"] == "corrected"
    assert question_in(replies) == question
    page = told_so_far(person)
    assert "left side" in page
    assert "right side" not in page


def test_why_is_answered_with_the_reason_and_the_question(person: Person, knowledge: Knowledge):
    question = tells(person, HEEL_AND_BACK)

    replies = person.says("Why do you ask me that?")

    assert replies[0]["text"].startswith(knowledge.questions[question].why)
    assert question_in(replies) == question


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_every_question_says_why_is_put_again_after_a_question_back_and_may_be_skipped(
    question: str, person: Person, assistant: Assistant, knowledge: Knowledge
):
    first = tells(person, "My heel hurts" if question == "back_pain" else "My back hurts now")
    if first != question:
        assistant.open_question(person, question)

    why = person.says("Why do you ask?")
    after = person.says("What is sciatica?")
    skipped = person.says("skip")

    assert knowledge.questions[question].why in why[-1]["text"]
    assert question_in(why) == question_in(after) == question
    # Who is not sure of a warning sign is told what to do.
    assert question_in(skipped) or cards_in(skipped) == ["urgent_care"]
    assert question_in(skipped) != question


def test_a_question_is_put_in_simpler_words(person: Person, knowledge: Knowledge):
    question = tells(person, HEEL_AND_BACK)

    replies = person.says("I don't understand, can you say it in simpler words?")

    assert replies[-1]["text"] == knowledge.questions[question].simpler


def test_starting_over_forgets_the_story_and_asks_for_a_new_one(person: Person):
    tells(person, HEEL_AND_BACK)

    replies = person.says("Can we start over?")

    assert replies[-1]["id"] == "invite"
    assert person.send({"payload": "/summary_please"}).replies[-1]["id"] == "invite"


def test_the_page_loaded_again_shows_the_talk_so_far(person: Person):
    person.says("hi")
    replies = person.says(HEEL_AND_BACK)

    past = person.history()

    assert [m["text"] for m in past if m["from"] == "you"] == ["hi", HEEL_AND_BACK]
    assert {"from": "assistant", **replies[-1]} == past[-1]


def test_the_page_to_bring_along_is_there_for_printing_and_as_a_file(person: Person):
    person.says(HEEL_AND_BACK)
    told_so_far(person)

    page, file = person.ask("GET", "/chat/summary"), person.ask("GET", "/chat/summary.pdf")

    assert HEEL_AND_BACK in page.body.decode()
    assert file.body.startswith(b"%PDF")
    assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["/chat/summary", "/chat/summary.pdf"])
def test_where_no_page_was_asked_for_it_says_how_to_get_one(path: str, person: Person, assistant: Assistant):
    person.says(HEEL_AND_BACK)
    told_so_far(person)

    for other in (assistant.somebody(), Person(person.port, f"{str(person.cookie)[:-4]}abcd")):
        answer = other.ask("GET", path)
        assert answer.status == 404
        assert "summary, please" in answer.json["error"]


def test_nothing_is_left_after_forget(person: Person):
    person.says(HEEL_AND_BACK)
    before = person.cookie

    answer = person.ask("POST", "/chat/forget")

    assert answer.json["forgotten"] is True
    assert person.history() == []
    assert Person(person.port, before).history() == []


def test_who_asks_to_be_forgotten_in_words_is_forgotten(person: Person):
    person.says(HEEL_AND_BACK)

    replies = person.says("Please delete my data")

    assert replies[-1]["id"] == "forgotten"
    assert person.history() == []


def test_nobody_sees_the_talk_of_somebody_else(person: Person, assistant: Assistant):
    person.says(HEEL_AND_BACK)

    stranger = assistant.somebody()

    assert stranger.history() == []
    assert Person(person.port, f"{str(person.cookie)[:-4]}abcd").history() == []


# What no one should send

BAD_MESSAGES = {
    "empty": (b'{"text": ""}', 400),
    "blanks": (b'{"text": "  \\n "}', 400),
    "only control characters": (b'{"text": "\\u0000\\u0007\\u200b"}', 400),
    "100 kB": (json.dumps({"text": "my foot hurts " * 7200}).encode(), 413),
    "5000 characters": (json.dumps({"text": "ouch " * 1000}).encode(), 413),
    "no text": (b"{}", 400),
    "a number": (b'{"text": 5}', 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "not JSON": (b'{"text": "my foot', 400),
    "not Unicode": (b'{"text": "\xff\xfe"}', 400),
    "nested too deep": (b"[" * 30_000, 400),
    "nothing": (b"", 400),
    "text and payload": (b'{"text": "hi", "payload": "/affirm"}', 400),
    "a command as a button": (b'{"payload": "/restart"}', 400),
    "a move that has no button": (b'{"payload": "/goodbye"}', 400),
    "a finding that is none": (b'{"payload": "/tell{\\"finding\\": \\"nonsense\\"}"}', 400),
    "slots in a button": (b'{"payload": "/affirm{\\"stage\\": \\"enough\\"}"}', 400),
}


@pytest.mark.parametrize("kind", BAD_MESSAGES)
def test_what_cannot_be_read_gets_a_clear_answer_and_loses_nothing(kind: str, person: Person):
    body, status = BAD_MESSAGES[kind]
    person.says(HEEL_AND_BACK)
    before = person.history()

    answer = person.ask("POST", "/chat/message", body)

    assert answer.status == status
    assert len(answer.json["error"]) > 15
    assert b"Traceback" not in answer.body
    assert person.history() == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/chat/message", (404, 405)),
        ("PUT", "/chat/message", (405,)),
        ("DELETE", "/chat/history", (404, 405)),
        ("GET", "/chat/forget", (404, 405)),
        ("GET", "/nowhere", (404,)),
        ("GET", "/chat/nothing.js", (404,)),
        ("GET", "/chat/..%2f..%2fdomain.yml", (404,)),
        ("GET", "/webhooks/rest/webhook", (404,)),
        ("GET", "/conversations/x/tracker", (404,)),
        ("GET", "/domain", (404,)),
    ],
)
def test_a_wrong_door_stays_shut_and_says_so(method: str, path: str, status: tuple[int, ...], person: Person):
    answer = person.ask(method, path)

    assert answer.status in status
    assert len(answer.json["error"]) > 15


def test_only_json_and_only_our_own_page_may_post(person: Person):
    message = b'{"text": "hi"}'

    form = person.ask("POST", "/chat/message", message, **{"Content-Type": "text/plain"})
    stranger = person.ask("POST", "/chat/message", message, Origin="https://elsewhere.example")

    assert (form.status, stranger.status) == (415, 403)


def test_control_characters_between_words_do_no_harm(person: Person):
    assert tells(person, "My\x00 left\x07 heel \u202ehurts\x1b[31m")
    assert "heel" in told_so_far(person)


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        "/back",
        "/session_start",
        '/intent{"name": "start"}',
        '/tell{"finding": "foot_site.ankle"}',
        "//",
    ],
)
def test_a_typed_command_is_only_words_and_loses_nothing(typed: str, person: Person):
    person.says(HEEL_AND_BACK)
    before = person.history()

    answer = person.send({"text": typed})

    assert answer.status in (200, 400)
    assert answer.body
    assert person.history()[: len(before)] == before


def test_two_messages_at_once_are_both_answered_in_turn(person: Person):
    person.says(HEEL_AND_BACK)
    words = ["It is the left foot", "I stand all day at work"]
    answers: dict[str, list[Reply]] = {}

    talks = [threading.Thread(target=lambda w=w: answers.update({w: person.says(w)})) for w in words]
    for talk in talks:
        talk.start()
    for talk in talks:
        talk.join()

    assert all(answers[word] for word in words)
    past = [(m["from"], m["text"]) for m in person.history()][2:]
    told = [place for place, (who, text) in enumerate(past) if who == "you" and text in words]
    assert len(told) == 2
    assert past[told[0] + 1][0] == "assistant"
    page = told_so_far(person)
    assert "left side" in page
    assert "on the feet at work" in page


def test_too_many_messages_a_minute_are_refused_kindly(person: Person):
    person.says("hi")

    answers = [person.send({"payload": "/greet"}) for _ in range(45)]

    assert answers[-1].status == 429
    assert "wait a minute" in answers[-1].json["error"]


# When half of it is gone


@pytest.fixture
def apart(model: None, tmp_path: Path) -> Iterator[Assistant]:
    """Both servers on their own, so that one can be killed without the other."""
    with running(tmp_path, "actions", "server") as started:
        yield started


def test_without_the_action_server_there_is_still_urgent_care_and_a_kind_word(apart: Assistant):
    person, newcomer = apart.somebody(), apart.somebody()
    question = tells(person, HEEL_AND_BACK)

    apart.processes["actions"].kill()
    apart.end("actions")

    assert [r["id"] for r in person.says("no")] == ["sorry"]
    assert [r["id"] for r in newcomer.says("My heel is sore")] == ["sorry"]
    assert cards_in(person.says("What is sciatica?")) == ["notice"]
    assert cards_in(person.says(NUMB_BELOW)) == ["urgent_care"]
    assert cards_in(newcomer.says(NUMB_BELOW)) == ["urgent_care"]

    apart.start("actions")
    apart.wait_until_ready()

    assert question_in(person.presses("Go on with the talk")) != question
    assert "heel" in told_so_far(newcomer)


def test_after_a_restart_the_talk_goes_on_where_it_was(model: None, tmp_path: Path):
    with running(tmp_path, "run", SESSION_SECRET="the same before and after") as assistant:
        person = assistant.somebody()
        question = tells(person, HEEL_AND_BACK)

        assistant.end("run")
        assistant.start("run")
        assistant.wait_until_ready()

        assert question_in(person.says("no")) not in (None, question)
        assert "heel" in told_so_far(person)


def test_the_log_holds_no_traceback_and_nothing_that_was_said(person: Person, assistant: Assistant):
    person.says("My zebra-striped socks hurt my heel")

    assert "Traceback" not in assistant.log()
    assert "zebra" not in assistant.log()
