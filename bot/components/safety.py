"""The safety policy: above every rule, story and form, whatever the intent."""

from __future__ import annotations

from typing import Any

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.knowledge.concepts import Urgency
from bot.knowledge.reader import read_knowledge
from bot.reasoning.conversation import read_conversation
from bot.reasoning.triage import Alert, alerts_now

URGENT_CARE = "utter_urgent_care"
SAFETY_CHECK = "utter_safety_check"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class SafetyPolicy(Policy):
    """Looks at the findings of the whole conversation after every message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 10}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._knowledge = read_knowledge()
        self._latest: tuple[UserUttered | None, list[Alert]] | None = None

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SafetyPolicy:
        return cls(config, model_storage, resource, execution_context)

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Return the alarm or the check that is due, or no opinion."""
        done = _actions_since_message(tracker)
        if done is None or set(done) - {URGENT_CARE, SAFETY_CHECK}:
            return self._prediction(self._default_predictions(domain))
        alerts = self._alerts(tracker)
        if len(done) < len(alerts):
            alert = alerts[len(done)]
            return self._say(URGENT_CARE if alert.certain else SAFETY_CHECK, domain, _events(alert))
        if done and self._waits(alerts):
            return self._say(ACTION_LISTEN_NAME, domain, [])
        return self._prediction(self._default_predictions(domain))

    def _alerts(self, tracker: DialogueStateTracker) -> list[Alert]:
        """What was due when the message came in: its own alarms must not count as given."""
        message = tracker.latest_message
        # Each of a turn's steps asks anew, and the answer is the same.
        if self._latest is None or self._latest[0] is not message:
            self._latest = (message, self._read(tracker))
        return self._latest[1]

    def _read(self, tracker: DialogueStateTracker) -> list[Alert]:
        events = [e.as_dict() for e in _until_message(tracker)]
        conversation = read_conversation(events)
        return alerts_now(conversation, self._knowledge.red_flags, self._knowledge.questions)

    @staticmethod
    def _waits(alerts: list[Alert]) -> bool:
        return any(not a.certain or a.flag.urgency > Urgency.WITHIN_DAYS for a in alerts)

    def _say(self, action: str, domain: Domain, events: list[Event]) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        # No other policy may win against this, not even a form's.
        return self._prediction(probabilities, events=events, is_no_user_prediction=True)


def _events(alert: Alert) -> list[Event]:
    if not alert.certain:
        return [SlotSet("check", alert.flag.id)]
    alarm = [SlotSet("alarm", alert.flag.id), SlotSet("urgency", alert.flag.urgency.name.lower())]
    # Urgent advice stands alone: an "ok" to it must not answer the question that stood open before.
    return alarm if alert.flag.urgency is Urgency.WITHIN_DAYS else [*alarm, SlotSet("asked", None)]


def _until_message(tracker: DialogueStateTracker) -> list[Event]:
    events = list(tracker.events)
    for place in range(len(events) - 1, -1, -1):
        if isinstance(events[place], UserUttered):
            return events[: place + 1]
    return []


def _actions_since_message(tracker: DialogueStateTracker) -> list[str] | None:
    """The actions run since the person's last message; None where there was no message."""
    done: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return done[::-1]
        if isinstance(event, ActionExecuted) and event.action_name != "action_extract_slots":
            done.append(event.action_name or "")
    return None
