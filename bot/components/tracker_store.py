"""Rasa's way to the conversations: off the event loop, short for Rasa, nothing lost while the database is away."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core import events as rasa_events
from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy.exc import SQLAlchemyError

from bot.reasoning.conversation import EARLIER, fold
from bot.state.conversations import Conversations, Event

logger = logging.getLogger(__name__)
# Rules and memoization look at the last steps only; more turns than these make Rasa slower and no wiser.
TURNS_KEPT = 3
TURNS_AT_MOST = 5
HELD = 500
UNSAVED_AT_MOST = 2000
THREADS = 4
BLANK = "blank"
# With these nothing before counts; after the others, what happened before is read in another way.
BEGINNING = {rasa_events.Restarted, rasa_events.SessionStarted}
TAKEN_BACK = {rasa_events.ActionReverted, rasa_events.UserUtteranceReverted, rasa_events.ActiveLoop}
REWINDING = BEGINNING | TAKEN_BACK | {rasa_events.DefinePrevUserUtteredFeaturization}
KINDS = {kind.type_name: kind for kind in all_subclasses(rasa_events.Event)}
Result = TypeVar("Result")


class Step(NamedTuple):
    """What policies saw before an action."""

    state: State
    hidden: bool
    """Whether rules alone decided on the action, so that policies that learn from stories do not see the step."""
    carries_on: bool
    """Whether the step is as hidden as the one before it."""


class Replayed(NamedTuple):
    """The steps that so many events led to, of which this is the last."""

    events: int
    last: rasa_events.Event | None
    omit_unset_slots: bool
    steps: list[Step]


class Talk(DialogueStateTracker):
    """A tracker that knows what of it is stored, and does not replay all that happened at every step."""

    row = 0
    """The number of the conversation's last row in the database."""
    stored = 0
    """How many of the events are in the database."""
    blank = False
    """True where it began while the database was away, so that there may be more of it."""
    replayed = Replayed(0, None, omit_unset_slots=False, steps=[])

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """Return the state before each action and the state now, as Rasa's own tracker does."""
        steps = self._steps(domain, omit_unset_slots)
        if ignore_rule_only_turns:
            return seen_by_stories(steps, domain, rule_only_data)
        return [_twin(step.state) for step in steps]

    def _steps(self, domain: Domain, omit_unset_slots: bool) -> list[Step]:
        """Return all steps and the one now; earlier ones are not worked out again."""
        events, known = list(self.events), self.replayed
        new = events[known.events :]
        if (
            known.last is None
            or known.omit_unset_slots != omit_unset_slots
            or len(events) < known.events
            or events[known.events - 1] is not known.last
            or any(type(event) in REWINDING for event in new)
            or any(type(event) is rasa_events.ActiveLoop for event in events)
            or any(type(event) is rasa_events.ActionExecuted for event in new[1:])
        ):
            steps = [
                _step(before, domain, omit_unset_slots, hidden)
                for before, hidden in self.generate_all_prior_trackers()
            ]
        elif new:
            steps = known.steps[:-1]
            if isinstance(new[0], rasa_events.ActionExecuted):
                steps.append(known.steps[-1]._replace(hidden=new[0].hide_rule_turn))
            steps.append(_step(self, domain, omit_unset_slots, hidden=False))
        else:
            steps = known.steps
        if events:
            self.replayed = Replayed(len(events), events[-1], omit_unset_slots, steps)
        return steps

    def applied_events(self) -> list[rasa_events.Event]:
        """Return the events since the last beginning, without what was taken back."""
        # Asking an event for its type is fast, asking whether it is of an abstract one is not.
        kinds = [type(event) for event in self.events]
        if not TAKEN_BACK.isdisjoint(kinds):
            applied: list[rasa_events.Event] = super().applied_events()
            return applied
        begun = max((place for place, kind in enumerate(kinds) if kind in BEGINNING), default=-1)
        return list(self.events)[begun + 1 :]

    def copy(self) -> Talk:
        twin = copy.copy(self)
        twin.events = deque(self.events)
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        return twin


def _step(tracker: DialogueStateTracker, domain: Domain, omit_unset_slots: bool, hidden: bool) -> Step:
    carries_on = bool(tracker.followup_action) or tracker.latest_action_name == tracker.active_loop_name
    return Step(domain.get_active_state(tracker, omit_unset_slots), hidden, carries_on)


def _twin(state: State) -> State:
    # Policies take out of a state what they do not look at.
    return {kind: dict(part) for kind, part in state.items()}


def seen_by_stories(
    steps: Iterable[Step], domain: Domain, rule_only_data: dict[str, Any] | None
) -> list[State]:
    """Return the states without the steps, slots and loops that only rules know.

    Does what `Domain.states_for_tracker_history` does, from steps that are there already.
    """
    states: list[State] = []
    last_action: Mapping[str, Any] | None = None
    hidden = False
    for step in steps:
        if not hidden:
            last_action = step.state.get(PREVIOUS_ACTION)
        if not step.carries_on:
            hidden = step.hidden
        if hidden:
            continue
        state = _twin(step.state)
        domain._remove_rule_only_features(state, rule_only_data)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if last_action:
            state[PREVIOUS_ACTION] = dict(last_action)
        states.append(domain._clean_state(state))
    return states


class ConversationStore(TrackerStore):
    """Keeps conversations in the database; holds the latest ones in memory, as long as they are up to date."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self.conversations = Conversations(str(host))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._held: OrderedDict[str, Talk] = OrderedDict()
        self._unsaved: dict[str, list[Event]] = {}

    @property
    def unsaved(self) -> int:
        """How many conversations wait for the database to come back."""
        return len(self._unsaved)

    def init_tracker(self, sender_id: str) -> Talk:
        return Talk(sender_id, self.domain.slots)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the conversation as Rasa needs it for the next turn; called in the conversation's lock."""
        # Taken out, not only looked at: a turn that fails leaves nothing half done in memory.
        held = self._held.pop(sender_id, None)
        try:
            await self.save_waiting(sender_id)
            last = await self._run(self.conversations.last, sender_id)
            if not last or (held and held.row == last):
                return held if last else None
            # All sessions: who comes back on another day is asked if the one before still counts.
            last, events = await self._run(partial(self.conversations.read, whole=True), sender_id)
        except SQLAlchemyError as error:
            # Better an answer without memory than none: a warning sign must be heard now.
            logger.error("The database did not answer: %s", type(error).__name__)
            return held or self._blank_talk(sender_id)
        talk = self._talk(sender_id, shortened(events))
        talk.row, talk.stored = last, len(talk.events)
        return talk

    async def look(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the session so far as it is stored, to show it; raise where the database is away."""
        _, events = await self._run(self.conversations.read, sender_id)
        return self._talk(sender_id, events) if events else None

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        _, events = await self._run(partial(self.conversations.read, whole=True), conversation_id)
        return self._talk(conversation_id, events) if events else None

    async def keys(self) -> Iterable[str]:
        return [talk.sender for talk in await self._run(lambda: list(self.conversations.talks()))]

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new; while the database is away it waits in memory."""
        sender = tracker.sender_id
        new = [event.as_dict() for event in list(tracker.events)[getattr(tracker, "stored", 0) :]]
        if not new:
            return
        if getattr(tracker, "blank", False) and sender not in self._unsaved:
            new = [{**new[0], BLANK: True}, *new[1:]]
        self._unsaved.setdefault(sender, []).extend(new)
        row = getattr(tracker, "row", 0)
        try:
            row = await self.save_waiting(sender)
        except SQLAlchemyError as error:
            logger.error("A turn waits for the database: %s", type(error).__name__)
            self._drop_oldest()
        self._hold(tracker, row)

    async def save_waiting(self, sender: str) -> int:
        """Write what waits of a conversation; return the last row's number, or 0 where nothing waited."""
        # Taken out first: nobody else may write it at the same time.
        waiting = self._unsaved.pop(sender, None)
        if not waiting:
            return 0
        try:
            return await self._run(self._write, sender, waiting)
        except SQLAlchemyError:
            self._unsaved[sender] = waiting + self._unsaved.get(sender, [])
            raise

    async def save_all_waiting(self) -> None:
        """Try once more to write what waits."""
        for sender in list(self._unsaved):
            try:
                await self.save_waiting(sender)
            except SQLAlchemyError:
                return

    async def delete(self, sender_id: str) -> int:
        """Delete all that is kept of a conversation; raise where the database is away."""
        self._held.pop(sender_id, None)
        self._unsaved.pop(sender_id, None)
        return await self._run(self.conversations.delete, sender_id)

    def _write(self, sender: str, events: list[Event]) -> int:
        # A session that began while the database was away is no new one where there was one before.
        blank = BLANK in events[0]
        events = [{name: value for name, value in events[0].items() if name != BLANK}, *events[1:]]
        if blank and self.conversations.last(sender):
            events = _without_opening(events)
        return self.conversations.append(sender, events)

    def _blank_talk(self, sender: str) -> Talk:
        talk = self.init_tracker(sender)
        talk.blank = True
        return talk

    def _talk(self, sender: str, events: list[Event]) -> Talk:
        talk = self.init_tracker(sender)
        for event in events:
            kind = KINDS.get(event["event"])
            if kind is not None and (made := kind._from_parameters(event)) is not None:
                talk.update(made)
        return talk

    def _hold(self, tracker: DialogueStateTracker, row: int) -> None:
        talk = tracker
        if not isinstance(talk, Talk) or _turns(talk.events) > TURNS_AT_MOST:
            talk = self._talk(tracker.sender_id, shortened([event.as_dict() for event in tracker.events]))
        talk.row, talk.stored = row, len(talk.events)
        self._held[talk.sender_id] = talk
        while len(self._held) > HELD:
            self._held.popitem(last=False)

    def _drop_oldest(self) -> None:
        while len(self._unsaved) > UNSAVED_AT_MOST:
            self._unsaved.pop(next(iter(self._unsaved)))
            logger.error("More turns wait for the database than fit into memory; the oldest is lost.")

    async def _run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *arguments))


def shortened(events: list[Event]) -> list[Event]:
    """Return the latest turns as they are, and before them what all earlier ones told, folded."""
    users = [place for place, event in enumerate(events) if event["event"] == "user"]
    if len(users) <= TURNS_AT_MOST:
        return events
    cut = users[-TURNS_KEPT]
    earlier, recent = events[:cut], events[cut:]
    opening = next((n for n, e in enumerate(earlier) if e.get("name") == "action_listen"), -1) + 1
    session = max((n for n, e in enumerate(earlier) if e["event"] == "session_started"), default=0)
    slots = {e["name"]: e for e in earlier[session:] if e["event"] == "slot"}
    at = earlier[-1].get("timestamp")
    slots[EARLIER] = {"event": "slot", "timestamp": at, "name": EARLIER, "value": fold(earlier)}
    # Last, for reading it begins the story anew.
    slots[EARLIER] = slots.pop(EARLIER)
    return [*earlier[:opening], *slots.values(), *recent]


def _without_opening(events: list[Event]) -> list[Event]:
    kinds = [(event["event"], event.get("name")) for event in events[:4]]
    if ("session_started", None) not in kinds:
        return events
    return events[kinds.index(("session_started", None)) + 2 :]


def _turns(events: Iterable[Any]) -> int:
    return sum(1 for event in events if event.type_name == "user")
