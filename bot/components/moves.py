"""The move head as a Rasa intent classifier; a question's topic travels as an entity."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import HEARD, understanding
from bot.knowledge.concepts import Assertion, Finding
from bot.nlp.moves import MoveHead

FILE = "move_head.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoveClassifier(GraphComponent):
    """Logistic regression on the encoder's vector, weighed against what was told and asked."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, head: MoveHead | None) -> None:
        self._model_storage, self._resource, self._head = model_storage, resource, head

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MoveClassifier:
        return cls(model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MoveClassifier:
        with model_storage.read_from(resource) as folder:
            head = MoveHead.from_bytes((folder / FILE).read_bytes())
        return cls(model_storage, resource, head)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the head on the examples' vectors and keep it in the model archive."""
        vectors, labels = [], []
        for example in training_data.intent_examples:
            _, vector = example.get_dense_features(TEXT)
            if vector is not None:
                vectors.append(vector.features[0])
                labels.append(example.get(INTENT_RESPONSE_KEY) or example.get(INTENT))
        self._head = MoveHead.train(np.stack(vectors), labels)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE).write_bytes(self._head.to_bytes())
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            heard = message.get(HEARD)
            if heard is None or self._head is None or not message.get(TEXT):
                continue
            findings = [
                Finding(e["value"], Assertion(e["assertion"]))
                for e in message.get(ENTITIES, [])
                if e["entity"] == "finding"
            ]
            asked = (message.get("metadata") or {}).get("asked")
            move = understanding().move_by(self._head, heard, findings, asked)
            message.set(INTENT, {"name": move.name, "confidence": move.confidence}, add_to_output=True)
            ranking = [{"name": name, "confidence": c} for name, c in move.ranking]
            message.set("intent_ranking", ranking, add_to_output=True)
            if move.topic:
                topic = {"entity": "topic", "value": move.topic, "extractor": type(self).__name__}
                message.set(ENTITIES, [*message.get(ENTITIES, []), topic], add_to_output=True)
        return messages
