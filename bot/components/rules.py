"""Rasa's rules, which do not see what was said for safety on the way."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.safety import URGENT_CARE


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class Rules(RulePolicy):
    """After advice to be seen within days, the rule for what the person said still holds: nothing is lost."""

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict as if the advice had not been said."""
        if tracker.get_slot("urgency") == "within_days":
            tracker = without_advice(tracker, domain)
        return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        # Our rules name moves, none of them a person's words.
        if use_text_for_last_user_input:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    @staticmethod
    def format_tracker_states(states: list[Any]) -> str:
        """Return nothing: Rasa would copy all states for a log line that nobody asked for."""
        return ""


def without_advice(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """Return the conversation without the advice that followed the latest message."""
    events = list(tracker.applied_events())
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name == URGENT_CARE:
            rest = [*events[:place], *events[place + 1 :]]
            return DialogueStateTracker.from_events(tracker.sender_id, rest, domain.slots, domain=domain)
    return tracker
