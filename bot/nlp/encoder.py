"""The one encoder: a small sentence transformer, fine-tuned on our data, with its heads.

all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019, arXiv:1908.10084),
int8, by ONNX Runtime. `make encoder` makes the file; card.json beside it says of what.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "encoder"
MAX_TOKENS = 96
Array = NDArray[np.float32]


class EncoderError(RuntimeError):
    """The encoder's files are missing or damaged; says how to get them back."""


@dataclass(frozen=True)
class Encoded:
    """Sentence vectors (n, 384), L2-normalised, and each head's probabilities (n, labels)."""

    vectors: Array
    heads: Mapping[str, Array]


class Encoder:
    """Turns texts into vectors and head probabilities; one instance per process."""

    def __init__(self, folder: Path = FOLDER) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            self.card: dict[str, Any] = json.loads((folder / "card.json").read_text())
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = int(os.environ.get("ENCODER_THREADS", "1"))
            options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EncoderError(
                f"{folder}: the encoder cannot be loaded ({error}). "
                "Restore the folder from git, or make it again with: make encoder"
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self.labels: dict[str, list[str]] = self.card["labels"]
        self._outputs = [output.name for output in self._session.get_outputs()]

    @property
    def words(self) -> frozenset[str]:
        """Every whole word of the tokenizer's vocabulary: what counts as spelt right."""
        return frozenset(w for w in self._tokenizer.get_vocab() if w.isalpha())

    def encode(self, texts: Sequence[str], asked: Sequence[str | None] | None = None) -> Encoded:
        """Encode texts, each with the question it answers where `asked` names one."""
        pairs = zip(texts, asked or [None] * len(texts))
        tokens = [
            self._tokenizer.encode(question.replace("_", " "), text)
            if question
            else self._tokenizer.encode(text)
            for text, question in pairs
        ]
        width = max(len(t.ids) for t in tokens)
        arrays = {
            name: np.zeros((len(tokens), width), np.int64)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        }
        for row, t in enumerate(tokens):
            arrays["input_ids"][row, : len(t.ids)] = t.ids
            arrays["attention_mask"][row, : len(t.ids)] = 1
            arrays["token_type_ids"][row, : len(t.ids)] = t.type_ids
        values = dict(zip(self._outputs, self._session.run(None, arrays)))
        return Encoded(
            values.pop("vector"), {k.removesuffix("_head"): _sigmoid(v) for k, v in values.items()}
        )


def _sigmoid(logits: Array) -> Array:
    return (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)


@lru_cache(maxsize=2)
def load_encoder(folder: Path = FOLDER) -> Encoder:
    """Return the process's one encoder."""
    return Encoder(folder)
