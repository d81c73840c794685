"""What a person does in the conversation: a light head on the encoder's vectors, beside the encoder's own.

The light head is multinomial logistic regression over moves and topics together (`ask/orthotics`);
it is trained by `rasa train` in seconds, so that a new question in data/nlu/ counts at once. The encoder's
own heads know more, but only what `make encoder` has seen; of a move that is no question they may be
sure enough to decide alone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlp.encoder import Array
from bot.nlp.hearing import Heard


@dataclass(frozen=True)
class Move:
    """A move with its topic, where it is a question, and how sure we are (0 to 1)."""

    name: str
    topic: str | None
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()


class MoveHead:
    """Weights (labels, 384) and biases (labels,) of the logistic regression."""

    def __init__(self, labels: Sequence[str], weights: Array, biases: Array) -> None:
        self.labels = list(labels)
        self._weights, self._biases = weights, biases
        self._moves = sorted({label.partition("/")[0] for label in labels})
        self._of_move = np.array(
            [[label.partition("/")[0] == move for label in labels] for move in self._moves], np.float32
        )

    @classmethod
    def train(cls, vectors: Array, labels: Sequence[str]) -> MoveHead:
        """Fit on vectors (n, 384) and their labels (n,)."""
        from sklearn.linear_model import LogisticRegression

        fitted = LogisticRegression(C=5.0, max_iter=500, class_weight="balanced").fit(vectors, labels)
        return cls(
            list(fitted.classes_), fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32)
        )

    def classify(
        self, vector: Array | None, heard: Heard, moves: Sequence[str], topics: Sequence[str], own: float
    ) -> Move:
        """Return the likeliest move, and the likeliest topic where it is a question.

        `vector` (384,) is the message's by the released weights, None where the encoder's heads are to
        decide alone; `moves` and `topics` are the labels of those, `own` how much they count (0 to 1).
        """
        probabilities = self._by_encoder(heard, moves, topics)
        if vector is not None:
            scores = self._weights @ vector + self._biases
            light = np.exp(scores - scores.max())
            probabilities = own * probabilities + (1 - own) * light / light.sum()
        by_move = self._of_move @ probabilities
        name = self._moves[int(by_move.argmax())]
        topic = None
        if name == "ask":
            asks = [n for n, label in enumerate(self.labels) if label.startswith("ask/")]
            topic = self.labels[max(asks, key=lambda n: probabilities[n])].partition("/")[2]
        order = np.argsort(-by_move)[:5]
        return Move(
            name, topic, float(by_move.max()), tuple((self._moves[n], float(by_move[n])) for n in order)
        )

    def _by_encoder(self, heard: Heard, moves: Sequence[str], topics: Sequence[str]) -> Array:
        likely = dict(zip(moves, heard.move))
        of_topic = dict(zip(topics, heard.topic))
        parts = [label.partition("/") for label in self.labels]
        return np.array(
            [
                likely.get(move, 0.0) * (of_topic.get(topic, 0.0) if topic else 1.0)
                for move, _, topic in parts
            ],
            np.float32,
        )

    def to_bytes(self) -> bytes:
        """Return the head as an .npz file without pickles."""
        buffer = io.BytesIO()
        np.savez(buffer, labels=np.array(self.labels), weights=self._weights, biases=self._biases)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> MoveHead:
        """Return the head that `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            return cls([str(label) for label in held["labels"]], held["weights"], held["biases"])
