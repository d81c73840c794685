"""The encoder as a Rasa featurizer."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.shared import HEARD, understanding
from bot.knowledge.reader import digest as knowledge_digest
from bot.nlp.encoder import digest as encoder_digest


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EncoderFeaturizer(GraphComponent):
    """Adds the sentence vector for training, and for serving all that the encoder's heads say."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EncoderFeaturizer:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Other files decide the result: the encoder's, and the lexicon that mends spelling."""
        return encoder_digest() + knowledge_digest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for message in training_data.training_examples:
            if text := spoken(message):
                vector = understanding().vector(text)
                message.add_features(
                    Features(np.array([vector]), FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__)
                )
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if text := spoken(message):
                heard = understanding().hear(text, (message.get("metadata") or {}).get("asked"))
                message.set(HEARD, heard, add_to_output=False)
        return messages


def spoken(message: Message) -> str | None:
    """Return what was said in words; nothing where a button was pressed."""
    text: str | None = message.get(TEXT)
    return text if text and not text.startswith("/") else None
