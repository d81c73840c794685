"""What the language components are told of the question that stands open, and how turns follow one another."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.assistant import Gate, StraightRunner, asked_last, pressed

QUESTION = BotUttered("Which side?", {"custom": {"card": "question", "id": "side"}})
CHECK = BotUttered("Is it new?", {"custom": {"card": "safety_check", "red_flag": "cauda_equina"}})
ASKED = SlotSet("asked", "side")


@pytest.mark.parametrize(
    ("talk", "asked"),
    [
        ([], None),
        ([UserUttered("my heel hurts"), ASKED, QUESTION], "side"),
        ([ASKED, QUESTION, UserUttered("odd feeling below"), CHECK], "cauda_equina"),
        (
            [ASKED, QUESTION, UserUttered("odd feeling below"), CHECK, UserUttered("what is sciatica?")],
            "side",
        ),
        ([ASKED, QUESTION, UserUttered("the left"), SlotSet("asked", None)], None),
    ],
    ids=["a new talk", "a question", "a check before the question", "a check passed by", "an answer"],
)
def test_a_short_reply_is_heard_as_the_answer_to_what_was_asked_last(talk: list[Event], asked: str | None):
    tracker = DialogueStateTracker("somebody", slots=[AnySlot("asked", mappings=[{}])])
    for event in talk:
        tracker.update(event)

    assert asked_last(tracker) == asked


ANSWER = BotUttered(
    "Pain that runs down the leg ...",
    {
        "buttons": [
            {"title": "Tell me more", "payload": '/ask{"topic": "sciatica", "more": "yes"}'},
            {"title": "A slipped disc", "payload": '/ask{"topic": "herniated_disc"}'},
        ]
    },
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tell me more", '/ask{"topic": "sciatica", "more": "yes"}'),
        ("More, please!", '/ask{"topic": "sciatica", "more": "yes"}'),
        ("could you tell me a bit more about that?", '/ask{"topic": "sciatica", "more": "yes"}'),
        ("a slipped disc", '/ask{"topic": "herniated_disc"}'),
        ("more of it in my left leg", "more of it in my left leg"),
        ("", ""),
    ],
)
def test_a_topic_button_may_be_typed(typed: str, meant: str):
    tracker = DialogueStateTracker("somebody", slots=[])
    for event in (UserUttered("what is sciatica?"), ANSWER, BotUttered("Which side?")):
        tracker.update(event)

    assert pressed(typed, tracker) == meant


def test_an_older_button_is_not_pressed_by_typing():
    tracker = DialogueStateTracker("somebody", slots=[])
    for event in (ANSWER, UserUttered("thanks"), BotUttered("You are welcome.")):
        tracker.update(event)

    assert pressed("tell me more", tracker) == "tell me more"


async def test_turns_that_come_at_once_are_ended_one_after_the_other():
    gate, steps = Gate(), []

    async def turn(name: str) -> None:
        async with gate.passed():
            for step in ("begins", "ends"):
                steps.append(f"{name} {step}")
                await asyncio.sleep(0)

    await asyncio.gather(turn("Ann"), turn("Bob"))

    assert steps == ["Ann begins", "Ann ends", "Bob begins", "Bob ends"]


async def test_nobody_waits_long_for_a_turn_that_hangs():
    gate, ended = Gate(patience=0.01), asyncio.Event()

    async def hanging() -> None:
        async with gate.passed():
            await ended.wait()

    hangs = asyncio.ensure_future(hanging())
    await asyncio.sleep(0)
    async with asyncio.timeout(5), gate.passed():
        assert not hangs.done()
    ended.set()
    await hangs

    assert not gate._free.locked()


async def test_who_gives_up_at_the_gate_or_inside_keeps_nobody_out():
    gate = Gate(patience=60)

    async def turn() -> None:
        async with gate.passed():
            await asyncio.sleep(60)

    inside, waiting = asyncio.ensure_future(turn()), asyncio.ensure_future(turn())
    await asyncio.sleep(0.01)
    waiting.cancel()
    inside.cancel()
    await asyncio.gather(inside, waiting, return_exceptions=True)

    async with asyncio.timeout(5), gate.passed():
        assert gate._free.locked()


class Sum(GraphComponent):
    """Adds what comes in."""

    @classmethod
    def create(cls, *_: Any, **__: Any) -> "Sum":
        return cls()

    def add(self, one: int, other: int) -> int:
        return one + other


def test_components_run_in_the_order_of_their_needs_as_dask_would(tmp_path: Path):
    def node(**needs: str) -> SchemaNode:
        return SchemaNode(needs, Sum, "create", "add", {}, eager=True)

    nodes = {"last": node(one="first", other="given"), "first": node(one="given", other="given")}
    schema = GraphSchema({**nodes, "not wanted": node(one="missing", other="missing")})
    storage = LocalModelStorage.create(tmp_path)
    runners = [
        kind.create(schema, storage, ExecutionContext(schema)) for kind in (StraightRunner, DaskGraphRunner)
    ]

    straight, dask = [runner.run({"given": 7}, ["last"]) for runner in runners]

    assert straight == dask == {"last": 21}
