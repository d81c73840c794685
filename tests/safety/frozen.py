"""The same encoder before it is fine-tuned, with a logistic regression for each red flag, to compare with.

Needs what `make encoder` needs: uv sync --group training.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.knowledge.concepts import Knowledge
from bot.nlp import calibrate
from bot.nlp.encoder import Array
from bot.nlp.examples import Example, is_development, read_examples
from bot.nlp.screen import screen, thresholds_by_urgency
from bot.reasoning.triage import Alert, triage


class FrozenJudge:
    """Reads lines by the released weights; thresholds are set as the screen's are."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._flags = list(knowledge.red_flags)
        self._vectors = _Vectors()
        lines = [e for e in read_examples() if e.alarms is not None]
        training = [e for e in lines if not is_development(e)]
        vectors = self._vectors.of([e.text for e in training])
        self._fires = self._fitted(vectors, [(e.alarms or frozenset()) | e.checks for e in training])
        self._certain = self._fitted(vectors, [e.alarms or frozenset() for e in training])
        lines = calibrate.screened_lines()
        vectors = self._vectors.of([e.text for e in lines])
        self._limits = thresholds_by_urgency(
            calibrate.levels_of(
                _likely(self._fires, vectors), _likely(self._certain, vectors), lines, self._flags
            )
        )

    def alerts(self, text: str) -> list[Alert]:
        vector = self._vectors.of([text])
        fires, certain = _likely(self._fires, vector)[0], _likely(self._certain, vector)[0]
        flags = list(self.knowledge.red_flags.values())
        sightings = tuple((s.red_flag, s.certain) for s in screen(fires, certain, flags, self._limits))
        return triage({}, sightings, self.knowledge.red_flags)

    def _fitted(self, vectors: Array, shown: Sequence[frozenset[str]]) -> list[LogisticRegression]:
        return [
            LogisticRegression(C=5.0, max_iter=300).fit(vectors, [flag in flags for flags in shown])
            for flag in self._flags
        ]


class _Vectors:
    """Mean-pooled, L2-normalised vectors of all-MiniLM-L6-v2 as released."""

    def __init__(self) -> None:
        from transformers import TFBertModel

        from bot.nlp.finetune import SOURCE, Tokens

        self._tokens, self._bert = Tokens, TFBertModel.from_pretrained(str(SOURCE))

    def of(self, texts: Sequence[str]) -> Array:
        """Return (len(texts), 384)."""
        tokens = self._tokens([Example(text) for text in texts])
        vectors = np.zeros((len(texts), 384), np.float32)
        for rows in tokens.batches(range(len(texts)), None):
            ids, mask, types = tokens.inputs(rows)
            states = self._bert(ids, attention_mask=mask, token_type_ids=types).last_hidden_state.numpy()
            weights = mask.numpy()[:, :, np.newaxis]
            vectors[rows] = (states * weights).sum(1) / weights.sum(1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _likely(heads: list[LogisticRegression], vectors: Array) -> Array:
    return np.stack([head.predict_proba(vectors)[:, 1] for head in heads], axis=1).astype(np.float32)
