"""A small sentence transformer: as released, for what people do; fine-tuned, for what they tell.

Fine-tuning on our clinical lines teaches the heads to tell red flags from look-alikes, but dulls the
vector for thanks, goodbyes and questions; so the vector comes from the released weights.

all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019, arXiv:1908.10084),
int8, by ONNX Runtime. `make encoder` makes the file; card.json beside it says of what.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "encoder"
BASE = "base.onnx"
TUNED = "model.onnx"
MAX_TOKENS = 96
Array = NDArray[np.float32]


def digest(folder: Path = FOLDER) -> str:
    """Return a SHA-256 over the encoder's files, in hexadecimal."""
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


class EncoderError(RuntimeError):
    """The encoder's files are missing or damaged; says how to get them back."""


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
            self._base, self._tuned = (
                onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
                for name in (BASE, TUNED)
            )
        except Exception as error:
            raise EncoderError(
                f"{folder}: the encoder cannot be loaded ({error}). "
                "Restore the folder from git, or make it again with: make encoder"
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self.labels: dict[str, list[str]] = self.card["labels"]
        self._heads = [o.name for o in self._tuned.get_outputs() if o.name.endswith("_head")]

    @property
    def words(self) -> frozenset[str]:
        """Every whole word of the tokenizer's vocabulary: what counts as spelt right."""
        return frozenset(w for w in self._tokenizer.get_vocab() if w.isalpha())

    def vectors(self, texts: Sequence[str]) -> Array:
        """Return the sentence vectors (n, 384), L2-normalised, of the released weights."""
        result: Array = self._base.run(["vector"], self._inputs(texts, [None] * len(texts)))[0]
        return result

    def heads(self, texts: Sequence[str], asked: Sequence[str | None] | None = None) -> dict[str, Array]:
        """Return each head's probabilities (n, labels); `asked` names the question each text answers."""
        values = self._tuned.run(self._heads, self._inputs(texts, asked or [None] * len(texts)))
        return {n.removesuffix("_head"): _sigmoid(v) for n, v in zip(self._heads, values)}

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


@lru_cache(maxsize=2)
def load_encoder(folder: Path = FOLDER) -> Encoder:
    """Return the process's one encoder."""
    return Encoder(folder)
