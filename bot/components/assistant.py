"""Rasa's agent and processor, without what a turn does not need."""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot import metrics
from bot.components.actions import ActionsHere

logger = logging.getLogger(__name__)
ANSWER = Draft202012Validator(RemoteAction.action_response_format_spec())
PATIENCE_SECONDS = 1.0
# Other words for the button that offers more.
_MORE = re.compile(
    r"^(?:(?:yes|ok|please|and) )*(?:(?:can you |could you )?tell me )?(?:a (?:bit|little) )?more"
    r"(?: please| (?:about|on) (?:that|this|it))?$"
)


class Gate:
    """Lets in one turn after the other, as they came: side by side, all would end as late as the last."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._free = asyncio.Lock()
        self._patience = patience

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for one's turn; but not long, for who is inside may wait for something slow."""
        mine = False
        with metrics.stage("wait"), suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
                mine = True
        try:
            yield
        finally:
            if mine:
                self._free.release()


class StraightRunner(DaskGraphRunner):
    """Runs one component after the other: dask plans anew each time, for longer than most of them take."""

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        made = dict(inputs or {})
        for name in self._order(wanted):
            needs = self._graph_schema.nodes[name].needs.values()
            made[name] = self._instantiated_nodes[name](*((need, made[need]) for need in needs))[1]
        return {name: made[name] for name in wanted}

    @cache  # noqa: B019  one runner a process
    def _order(self, targets: tuple[str, ...]) -> list[str]:
        nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
        order = TopologicalSorter({name: node.needs.values() for name, node in nodes.items()})
        return [name for name in order.static_order() if name in nodes]


class Processor(MessageProcessor):
    """Tells the language components which question stands open, and counts what happens."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._gate = Gate()

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with tempfile.TemporaryDirectory() as folder:
            metadata, runner = load_predict_graph_runner(
                Path(folder), Path(model_path), LocalModelStorage, StraightRunner
            )
        return Path(model_path).name, metadata, runner

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        async with self._gate.passed():
            answers: list[dict[str, Any]] | None = await super().handle_message(message)
            return answers

    async def parse_message(self, *arguments: Any, **named: Any) -> dict[str, Any]:
        with metrics.stage("understand"):
            parsed: dict[str, Any] = await super().parse_message(*arguments, **named)
            return parsed

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        with metrics.stage("decide"):
            action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is RemoteAction:
            action = OurAction(action.name(), action.action_endpoint)
        count(action.name(), prediction)
        return action, prediction

    async def fetch_tracker_and_update_session(self, *arguments: Any, **named: Any) -> DialogueStateTracker:
        with metrics.stage("read"):
            return await super().fetch_tracker_and_update_session(*arguments, **named)

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        with metrics.stage("write"):
            await super().save_tracker(tracker)

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        message.metadata = {**(message.metadata or {}), "asked": asked_last(tracker)}
        message.text = pressed(message.text or "", tracker)
        await super()._handle_message_with_tracker(message, tracker)


def count(action: str, prediction: PolicyPrediction) -> None:
    """Count red flags that are spoken of, and messages that were not understood."""
    if action == "utter_fallback":
        metrics.FALLBACKS.inc()
    for event in prediction.events or []:
        if isinstance(event, SlotSet) and event.key in ("alarm", "check"):
            metrics.RED_FLAGS.labels(event.value, event.key).inc()


class OurAction(RemoteAction):
    """Checks an answer against the schema; Rasa checks the schema itself each time, too, for 60 ms."""

    async def run(self, *arguments: Any, **named: Any) -> list[Event]:
        try:
            with metrics.stage("act"):
                events: list[Event] = await super().run(*arguments, **named)
                return events
        except Exception as error:
            metrics.ERRORS.labels("actions", type(error).__name__).inc()
            raise

    def _validate_action_result(self, result: Any) -> bool:
        # What our own process made has the right form.
        if not isinstance(self.action_endpoint, ActionsHere):
            ANSWER.validate(result)
        return True


class Assistant(Agent):
    """An agent with our processor, and with our store as it is: an error of it is ours to handle."""

    @staticmethod
    def _create_tracker_store(store: TrackerStore | None, domain: Domain | None) -> TrackerStore:
        if store is None:
            raise ValueError("The assistant needs a tracker store; endpoints.yml names it.")
        store.domain = domain or Domain.empty()
        return store

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load the model's archive; raise where it is missing or damaged."""
        self.processor = Processor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        if isinstance(self.nlg, TemplatedNaturalLanguageGenerator):
            self.nlg.responses = self.domain.responses


def pressed(text: str, tracker: DialogueStateTracker) -> str:
    """Return the payload of the topic button just shown whose title somebody typed, or the text as it is."""
    typed = _MORE.sub("tell me more", _words(text))
    for event in reversed(tracker.events):
        if event.type_name == "user":
            break
        for button in (event.data or {}).get("buttons") or [] if event.type_name == "bot" else []:
            payload = str(button.get("payload"))
            if payload.startswith("/ask") and _words(str(button.get("title"))) == typed:
                return payload
    return text


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.casefold()))


def asked_last(tracker: DialogueStateTracker) -> str | None:
    """Return what a short reply answers: the red flag of a safety check, or the open question."""
    for event in reversed(tracker.events):
        if event.type_name == "user":
            break
        custom = (event.data or {}).get("custom") if event.type_name == "bot" else None
        if custom and custom.get("card") == "safety_check":
            return str(custom["red_flag"])
    asked: str | None = tracker.get_slot("asked")
    return asked
