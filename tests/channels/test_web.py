"""The web door: what is deleted stays deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.guard import Guard, Incoming
from bot.channels.session import COOKIE
from bot.channels.turns import delete_talk, take_turn
from bot.channels.web import WebInput, WebReplies
from bot.components.locks import ConversationLocks
from bot.knowledge.reader import read_knowledge
from bot.state.shared import Busy, Shared
from tests.channels.stage import FORGOTTEN, StubAgent, settled

ANNA = "web-anna0001"


class OtherProcess(ConversationLocks):
    """Locks that other server processes take, too."""

    def __init__(self) -> None:
        self.held = asyncio.Lock()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: object, **__: object) -> AsyncIterator[None]:
        async with self.held:
            yield


@pytest.fixture
def agent() -> StubAgent:
    return StubAgent()


@pytest.fixture
def app(agent: StubAgent) -> SimpleNamespace:
    return SimpleNamespace(ctx=SimpleNamespace(agent=agent))


async def test_what_is_deleted_while_a_turn_runs_stays_deleted(app: SimpleNamespace, agent: StubAgent):
    door, thought = WebInput(), asyncio.Event()
    cookie = door._sessions.new()
    anna = str(door._sessions.sender(cookie))
    request = SimpleNamespace(app=app, headers={}, cookies={COOKIE: cookie})

    async def slow(message: UserMessage) -> None:
        await thought.wait()
        await agent.handle_message(message)

    turn = asyncio.create_task(door._turn(app, anna, Incoming("my heel hurts"), WebReplies(), slow))
    await asyncio.sleep(0)
    deleting = asyncio.create_task(door._forget(request))
    await settled(0.05)
    thought.set()
    await turn

    assert (await deleting).status == 200
    assert agent.heard == ["my heel hurts"]
    assert agent.tracker_store.trackers == {}


async def test_a_turn_that_another_process_runs_ends_before_the_deletion(
    app: SimpleNamespace, agent: StubAgent
):
    agent.lock_store = OtherProcess()

    async with agent.lock_store.held:
        deleting = asyncio.create_task(delete_talk(app, ANNA))
        await settled(0.05)
        agent.tracker_store.add(ANNA, FORGOTTEN)
    await deleting

    assert agent.tracker_store.trackers == {}


async def test_who_asks_in_words_is_forgotten_once_their_turn_has_ended(
    app: SimpleNamespace, agent: StubAgent
):
    agent.lock_store = OtherProcess()
    agent.script = lambda message: [FORGOTTEN]

    async def locked(message: UserMessage) -> None:
        # As Rasa's agent does.
        async with agent.lock_store.lock(message.sender_id):
            await agent.handle_message(message)

    await take_turn(app, ANNA, Incoming("delete my data"), WebReplies(), locked)

    assert agent.tracker_store.deleted == [ANNA]


async def test_a_turn_that_does_not_end_is_said_so(app: SimpleNamespace, agent: StubAgent):
    door = WebInput()
    request = SimpleNamespace(app=app, headers={}, cookies={COOKIE: door._sessions.new()})

    class Endless(OtherProcess):
        @asynccontextmanager
        async def lock(self, conversation_id: str, *_: object, **__: object) -> AsyncIterator[None]:
            raise Busy("another turn of this conversation did not end in time")
            yield

    agent.lock_store = Endless()

    answer = await door._forget(request)

    assert answer.status == 503
    assert b"could not delete" in answer.body


async def test_the_page_as_a_file_counts_as_a_turn(app: SimpleNamespace):
    door = WebInput()
    door._guard = Guard(read_knowledge(), Shared(""), turns_a_minute=1)
    request = SimpleNamespace(app=app, cookies={COOKIE: door._sessions.new()})

    statuses = [(await door._summary_pdf(request)).status for _ in range(2)]

    assert statuses == [404, 429]
