"""Rasa's view of a talk: short, true, and safe while the database is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    FollowupAction,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError

from bot.components.tracker_store import TURNS_AT_MOST, ConversationStore, Talk
from bot.reasoning.conversation import read_conversation
from bot.settings import ROOT

ANNA = "web-anna0001"
RULES_ALONE = {"rule_only_slots": ["urgency"], "rule_only_loops": ["sorting"]}
TOLD = ["foot_site.heel", "sensation.numbness", "back_pain.current", "risk.diabetes", "gait.limping"]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def store(domain: Domain, tmp_path: Path) -> ConversationStore:
    return ConversationStore(domain, f"sqlite:///{tmp_path / 'talks.db'}")


def begin(tracker: Talk) -> None:
    for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
        tracker.update(event)


def turn(tracker: Talk, number: int) -> None:
    """One message with a finding, answered by the next question."""
    entities = [
        {"entity": "finding", "value": TOLD[number % len(TOLD)], "assertion": "present", "words": "so"}
    ]
    told = {"intent": {"name": "tell"}, "entities": entities}
    for event in (
        UserUttered(f"message {number}", {"name": "tell"}, entities, told),
        ActionExecuted("action_interview"),
        BotUttered("And then?", {"custom": {"card": "question", "id": "side"}}),
        SlotSet("asked", f"question {number}"),
        ActionExecuted("action_listen"),
    ):
        tracker.update(event)


@pytest.mark.parametrize("omitting", [True, False])
def test_policies_see_the_states_that_rasa_would_replay(domain: Domain, omitting: bool):
    talk = Talk("web-anna0001", domain.slots)
    begin(talk)
    for number in range(4):
        turn(talk, number)
        talk.past_states(domain, omitting)
    more = [
        UserUttered("it is worse", {"name": "tell"}),
        SlotSet("urgency", "within_days"),
        ActionExecuted("utter_urgent_care", hide_rule_turn=True),
        DefinePrevUserUtteredFeaturization(False),
        BotUttered("Please be seen within days."),
        ActionExecuted("action_listen", hide_rule_turn=True),
        UserUttered("thanks", {"name": "thanks"}),
        ActionExecuted("utter_welcome", hide_rule_turn=True),
        FollowupAction("action_resume"),
        ActionExecuted("action_resume"),
        ActionExecuted("action_interview"),
        SlotSet("asked", "side"),
        ActionExecuted("action_listen"),
        UserUttered("no", {"name": "deny"}),
        ActionExecuted("action_interview"),
        UserUtteranceReverted(),
        UserUttered("left", {"name": "tell"}),
        ActionExecuted("sorting"),
        ActiveLoop("sorting"),
        ActionExecuted("action_listen"),
        UserUttered("heel", {"name": "tell"}),
        ActionExecuted("sorting"),
        ActiveLoop(None),
        UserUttered("yes", {"name": "affirm"}),
    ]

    for event in more:
        talk.update(event)
        seen = talk.past_states(domain, omitting)

        assert seen == DialogueStateTracker.past_states(talk, domain, omitting)
        assert talk.past_states(domain, omitting, True, RULES_ALONE) == DialogueStateTracker.past_states(
            talk, domain, omitting, True, RULES_ALONE
        )
        assert seen == talk.past_states(domain, omitting)
        assert talk.applied_events() == DialogueStateTracker.applied_events(talk)
        seen[-1].clear()


async def talk(store: ConversationStore, turns: int) -> None:
    for number in range(turns):
        tracker = await store.get_or_create_tracker(ANNA, append_action_listen=False)
        if not tracker.events:
            begin(tracker)
        turn(tracker, number)
        await store.save(tracker)


def conversation(tracker: Talk):
    return read_conversation([event.as_dict() for event in tracker.events])


async def test_a_long_talk_is_short_for_rasa_and_whole_in_the_database(store: ConversationStore):
    await talk(store, 40)

    seen = await store.retrieve(ANNA)

    assert sum(event.type_name == "user" for event in seen.events) <= TURNS_AT_MOST
    assert len(store.conversations.read(ANNA)[1]) == 2 + 40 * 5
    assert seen.get_slot("asked") == "question 39"


async def test_nothing_that_was_told_is_lost_by_shortening(store: ConversationStore):
    await talk(store, 40)

    short, whole = conversation(await store.retrieve(ANNA)), conversation(await store.look(ANNA))

    assert short == whole
    assert len(short.turns) == 40


async def test_memory_and_database_tell_the_same(store: ConversationStore, domain: Domain):
    await talk(store, 9)
    another = ConversationStore(domain, str(store.conversations._engine.url))

    assert conversation(await another.retrieve(ANNA)) == conversation(await store.retrieve(ANNA))


async def test_what_another_process_wrote_is_seen(store: ConversationStore, domain: Domain):
    another = ConversationStore(domain, str(store.conversations._engine.url))
    await talk(store, 1)

    tracker = await another.retrieve(ANNA)
    turn(tracker, 1)
    await another.save(tracker)

    assert [t.text for t in conversation(await store.retrieve(ANNA)).turns] == ["message 0", "message 1"]


async def test_a_turn_that_failed_leaves_nothing_half_done(store: ConversationStore):
    await talk(store, 1)
    failed = await store.retrieve(ANNA)
    failed.update(UserUttered("lost in the middle"))

    assert [t.text for t in conversation(await store.retrieve(ANNA)).turns] == ["message 0"]


async def test_a_copy_is_a_tracker_of_its_own(store: ConversationStore):
    await talk(store, 1)
    tracker = await store.retrieve(ANNA)

    twin = tracker.copy()
    twin.update(SlotSet("asked", "another"))

    assert tracker.get_slot("asked") == "question 0"
    assert len(tracker.events) == len(twin.events) - 1


async def test_a_session_begun_anew_carries_no_old_fact(store: ConversationStore):
    await talk(store, 12)
    tracker = await store.retrieve(ANNA)
    begin(tracker)
    turn(tracker, 99)
    await store.save(tracker)

    seen = await store.retrieve(ANNA)

    assert [t.text for t in conversation(seen).turns] == ["message 99"]
    assert seen.get_slot("earlier") is None


class Away:
    """A database that does not answer until it is back."""

    def __init__(self, conversations) -> None:
        self._conversations, self.away = conversations, True

    def __getattr__(self, name: str):
        if self.away:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return getattr(self._conversations, name)


async def test_what_was_said_while_the_database_was_away_is_stored_later(store: ConversationStore):
    await talk(store, 2)
    store.conversations = away = Away(store.conversations)
    store._run = _here

    tracker = (await store.retrieve(ANNA)) or store.init_tracker(ANNA)
    if not tracker.events:
        begin(tracker)
    turn(tracker, 2)
    await store.save(tracker)
    assert store.unsaved == 1
    away.away = False
    await store.save_all_waiting()

    assert store.unsaved == 0
    assert [t.text for t in conversation(await store.look(ANNA)).turns] == [f"message {n}" for n in range(3)]


async def test_a_newcomer_while_the_database_is_away_is_no_end_of_the_talk_before(store, domain: Domain):
    await talk(store, 2)
    other = ConversationStore(domain, str(store.conversations._engine.url))
    other.conversations = away = Away(other.conversations)
    other._run = _here

    tracker = await other.get_or_create_tracker(ANNA, append_action_listen=False)
    begin(tracker)
    turn(tracker, 2)
    await other.save(tracker)
    away.away = False
    await other.save_all_waiting()

    assert [t.text for t in conversation(await store.look(ANNA)).turns] == [f"message {n}" for n in range(3)]


async def _here(work, *arguments):
    return work(*arguments)
