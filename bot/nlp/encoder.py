"""A small sentence transformer: fine-tuned, with a head for each thing that we ask; and as released.

The released weights give the vector on which `rasa train` makes its light head for moves.

all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019, arXiv:1908.10084),
int8, by ONNX Runtime. `make encoder` makes the file; card.json beside it says of what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.settings import Settings

FOLDER = Path(__file__).parent / "encoder"
FILE = "model.onnx"
BASE = "base.onnx"
HEADS = ("fires", "certain", "named", "meant", "move", "topic")
OUTPUTS = [f"{head}_head" for head in HEADS]
MAX_TOKENS = 128
Array = NDArray[np.float32]


def digest(folder: Path = FOLDER) -> str:
    """Return a SHA-256 over the encoder's files, in hexadecimal."""
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


@dataclass(frozen=True)
class Encoded:
    """What the encoder's heads say of n texts, as probabilities.

    fires and certain (n, flags); named (n, concepts); meant (n, concepts, assertions); move (n, moves);
    topic (n, topics).
    """

    fires: Array
    certain: Array
    named: Array
    meant: Array
    move: Array
    topic: Array


class EncoderError(RuntimeError):
    """The encoder's files are missing or damaged; says how to get them back."""


class Encoder:
    """Turns texts into vectors and head probabilities; one instance per process."""

    def __init__(self, folder: Path = FOLDER) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        threads = Settings.from_environment().encoder_threads
        try:
            self.card: dict[str, Any] = json.loads((folder / "card.json").read_text())
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            self._base, self._session = (
                onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
                for name in (BASE, FILE)
            )
        except Exception as error:
            raise EncoderError(
                f"{folder}: the encoder cannot be loaded ({error}). "
                "Restore the folder from git, or make it again with: make encoder"
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self.labels: dict[str, list[str]] = self.card["labels"]

    @property
    def words(self) -> frozenset[str]:
        """Every whole word of the tokenizer's vocabulary: what counts as spelt right."""
        return frozenset(w for w in self._tokenizer.get_vocab() if w.isalpha())

    def vector(self, text: str) -> Array:
        """Return the text's vector (384,) by the released weights, L2-normalised."""
        result: Array = self._base.run(["vector"], self._inputs([text], [None]))[0][0]
        return result

    def encode(self, texts: Sequence[str], asked: Sequence[str | None] | None = None) -> Encoded:
        """Encode texts; `asked` names the question that each of them answers."""
        outputs = self._session.run(OUTPUTS, self._inputs(texts, asked or [None] * len(texts)))
        fires, certain, named, meant, move, topic = outputs
        return Encoded(
            _sigmoid(fires),
            _sigmoid(certain),
            _sigmoid(named),
            _softmax(meant),
            _softmax(move),
            _softmax(topic),
        )

    def _inputs(self, texts: Sequence[str], asked: Sequence[str | None]) -> dict[str, NDArray[np.int64]]:
        tokens = [
            self._tokenizer.encode(question.replace("_", " "), text)
            if question
            else self._tokenizer.encode(text)
            for text, question in zip(texts, asked)
        ]
        width = max(len(t.ids) for t in tokens)
        arrays = {
            n: np.zeros((len(tokens), width), np.int64)
            for n in ("input_ids", "attention_mask", "token_type_ids")
        }
        for row, t in enumerate(tokens):
            arrays["input_ids"][row, : len(t.ids)] = t.ids
            arrays["attention_mask"][row, : len(t.ids)] = 1
            arrays["token_type_ids"][row, : len(t.ids)] = t.type_ids
        return arrays


def _sigmoid(logits: Array) -> Array:
    return (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)


def _softmax(logits: Array) -> Array:
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


@lru_cache(maxsize=2)
def load_encoder(folder: Path = FOLDER) -> Encoder:
    """Return the process's one encoder."""
    return Encoder(folder)
