"""Two thousand random moves: no dead end, no loop, no empty answer, and always a way to the advice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import pytest

from bot.knowledge.concepts import Knowledge
from tests.conversations.live import Assistant, Person, Reply, cards_in, question_in, running
from tests.conversations.patients import GO_ON, READY, read_patients

SEED = 20
CONVERSATIONS = 60
MOVES = 2000
AT_ONCE = 6
ANSWERS_AT_MOST = 14
IN_A_ROW = 2
STORY = "My left heel hurts and my lower back hurts too"
RARE = ("start_over", "delete_my_data", "goodbye")
AGAIN = ("why_asking", "repeat_rephrase", "back_to_question")
SAID = {
    "greet": ["hi", "hello again", "good evening"],
    "affirm": ["yes", "yeah that's right", "yep"],
    "deny": ["no", "nope", "not at all"],
    "dont_know": ["not sure", "I don't know", "skip that one"],
    "correction": [
        "sorry, I meant the other foot",
        "no wait, it is the left one",
        "actually the foot was first",
    ],
    "why_asking": ["why do you ask?", "what do you need that for?"],
    "repeat_rephrase": ["say that again please", "I don't understand the question", "in simpler words?"],
    "back_to_question": ["let's get back to your question", "ok go on", "where were we?"],
    "summary_please": ["can I have a summary so far?", "what have you noted?"],
    "start_over": ["can we start over?", "start again from the beginning"],
    "stop": ["stop", "I've had enough for now"],
    "thanks": ["thanks", "cheers, that helps"],
    "goodbye": ["bye", "see you"],
    "human_handoff": ["I want to talk to a real person"],
    "language_other": ["Me duele la espalda y el pie", "Mir tut der Rücken weh"],
    "abuse": ["you stupid useless thing"],
    "out_of_scope": ["what's the weather tomorrow?", "write me a poem about cats", "who won the match?"],
    "delete_my_data": ["please delete my data"],
}
TOLD = [
    "it is the left foot",
    "my back hurts now",
    "both feet, mostly in the morning",
    "it runs down my leg",
    "months I guess",
    "I stand all day at work",
    "flat shoes",
    "my calves are tight",
    "it burns at night",
    "I limp since my back went",
    "resting helps",
    "no diabetes, no fever",
]
NONSENSE = [
    "asdf qwer",
    "?!",
    "42",
    "🦶🦶",
    "the the the",
    "x" * 400,
    "...",
    "purple monkey dishwasher",
    "null",
]
RED_FLAGS = [
    "I can't feel it when I wipe",
    "I have wet myself twice since yesterday",
    "my calf is swollen, hot and red",
    "I lost all strength in both legs today",
    "I have a fever and my back is terribly sore",
    "I don't want to live any more with this pain",
    "my foot just flops down, I can't lift it since this morning",
]
BARE = [
    f"/{move}" for move in ("affirm", "deny", "dont_know", "correction", *AGAIN, "summary_please", "stop")
]

Move = tuple[str, dict[str, str]]
"""What a person does, and the message that does it."""
Moves = list[tuple[int, list[Move]]]
"""What a person may do by kind, with how often it is done."""


@dataclass
class Walk:
    """One conversation of random moves, and what went wrong in it."""

    number: int
    person: Person
    random: Random
    log: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    question: str | None = None
    in_a_row: int = 0
    moves: int = 0

    def send(self, message: dict[str, str], wanted: bool = False) -> list[Reply]:
        """Send a message and look at the answer; `wanted` is one that asks for the question itself."""
        answer = self.person.send(message)
        end = time.monotonic() + 70
        while answer.status == 429 and time.monotonic() < end:
            time.sleep(2)
            answer = self.person.send(message)
        self.log.append(f"> {next(iter(message.values()))}")
        if answer.status != 200:
            self.wrong.append(f"{answer.status} for {message}")
            return []
        replies = answer.replies
        self.log += [f"  {reply.get('card')}/{reply.get('id')}: {reply['text'][:90]}" for reply in replies]
        self.person.buttons = {b["title"]: b["payload"] for r in replies for b in r["buttons"]}
        self.stale += self.person.buttons.values()
        self._look_at(replies, wanted)
        return replies

    def _look_at(self, replies: list[Reply], wanted: bool) -> None:
        if not replies or any(not reply["text"].strip() for reply in replies):
            self._note("an empty answer")
        if any(reply.get("id") == "sorry" for reply in replies):
            self._note("an apology")
        question = question_in(replies)
        if question != self.question:
            self.in_a_row = 1
        elif question and not wanted:
            self.in_a_row += 1
        self.question = question
        if self.in_a_row > IN_A_ROW:
            self._note(f"{question} {self.in_a_row} times in a row")

    def _note(self, what: str) -> None:
        self.wrong.append(f"{what}:\n" + "\n".join(self.log[-14:]))

    def step(self, moves: Moves) -> None:
        """Make one random move."""
        kinds = [*moves, (24, _pressed(self.person.buttons.values())), (6, _pressed(self.stale))]
        kinds = [(weight, choices) for weight, choices in kinds if choices]
        choices = self.random.choices([c for _, c in kinds], [w for w, _ in kinds])[0]
        move, message = self.random.choice(choices)
        self.send(message, wanted=move in AGAIN)
        self.moves += 1

    def finish(self) -> None:
        """Answer what is asked, or tell the story, until the recommendation comes; start over once at most."""
        replies = self.send({"text": STORY})
        started_over = False
        for _ in range(ANSWERS_AT_MOST):
            if "referral" in cards_in(replies):
                return
            question, buttons = question_in(replies), self.person.buttons
            if question == READY:
                replies = self.send({"payload": "/affirm"})
            elif replies and replies[-1].get("card") == "safety_check":
                replies = self.send({"payload": "/deny"})
            elif question:
                replies = self.send({"payload": self.random.choice(list(buttons.values()))})
            elif GO_ON in buttons:
                replies = self.send({"payload": buttons[GO_ON]}, wanted=True)
            elif not started_over:
                started_over = True
                self.send({"payload": "/start_over"})
                replies = self.send({"text": STORY})
        self._note("no way to the recommendation")


def _pressed(payloads: Iterable[str]) -> list[Move]:
    """Return buttons as moves."""
    return [(payload.strip("/").partition("{")[0], {"payload": payload}) for payload in payloads]


def all_moves(knowledge: Knowledge) -> Moves:
    """Return what a person may do by kind, with how often it is done."""
    said = [(move, {"text": text}) for move, texts in SAID.items() for text in texts if move not in RARE]
    rare = [(move, {"text": text}) for move in RARE for text in SAID[move]]
    topics = list(knowledge.topics.values())
    asked = [("ask", {"text": f"What about {topic.title.lower()}?"}) for topic in topics]
    asked += [
        ("ask", {"payload": f"/ask{json.dumps({'topic': topic.id, **more})}"})
        for topic in topics
        for more in ({}, {"more": "yes"})
    ]
    stories = [("tell", {"text": patient.opening}) for patient in read_patients()]
    return [
        (26, said),
        (2, rare),
        (14, asked),
        (5, stories),
        (14, [("tell", {"text": text}) for text in TOLD]),
        (6, [("out_of_scope", {"text": text}) for text in NONSENSE]),
        (2, [("tell", {"text": text}) for text in RED_FLAGS]),
        (5, _pressed(BARE)),
    ]


@pytest.fixture(scope="module")
def walks(assistant: Assistant, knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> list[Walk]:
    """Sixty conversations, two thousand moves, then each on to its end."""
    # A server has one core's strength, so a second one takes half of the people.
    with running(tmp_path_factory.mktemp("second"), "run") as second:
        return walked([assistant, second], all_moves(knowledge))


def walked(assistants: list[Assistant], moves: Moves) -> list[Walk]:
    """Return the walks, done by several people at once."""
    walks = [
        Walk(n, assistants[n % len(assistants)].somebody(), Random(f"{SEED} {n}"))
        for n in range(CONVERSATIONS)
    ]

    def walk(some: list[Walk]) -> None:
        # In turns, so that nobody writes faster than the channel lets them.
        for _ in range(-(-MOVES // CONVERSATIONS)):
            for one in some:
                one.step(moves)
        for one in some:
            one.finish()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(walk, [walks[n::AT_ONCE] for n in range(AT_ONCE)]))
    return walks


def found(walks: list[Walk], what: str) -> Iterator[str]:
    for walk in walks:
        yield from (
            f"walk {walk.number}: {wrong}" for wrong in walk.wrong if what in wrong.partition("\n")[0]
        )


def test_two_thousand_moves_were_made(walks: list[Walk]):
    assert sum(walk.moves for walk in walks) >= MOVES


@pytest.mark.parametrize("what", [" for {", "an empty answer", "an apology", "times in a row", "no way"])
def test_nothing_goes_wrong_wherever_a_person_wanders(what: str, walks: list[Walk]):
    wrong = list(found(walks, what))

    assert not wrong, f"{len(wrong)} times {what!r}, such as:\n\n" + "\n\n".join(wrong[:4])


def test_a_question_is_not_pressed_on_who_would_rather_ask(person: Person):
    question = question_in(person.says(STORY))

    put = [question_in(person.says(text)) for text in ("What is sciatica?", "Do insoles help?")]
    replies = person.presses(GO_ON)

    assert put == [question, None]
    assert question_in(replies) not in (None, question)
