"""The readers of a message, built once: that takes longer than any test may."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from bot.knowledge.concepts import Knowledge
from bot.nlp.encoder import FOLDER
from bot.nlp.findings import FindingsReader


@pytest.fixture(scope="session")
def known_words() -> frozenset[str]:
    """What counts as spelt right: the tokenizer's whole words, as the encoder gives them."""
    vocabulary = Tokenizer.from_file(str(FOLDER / "tokenizer.json")).get_vocab()
    return frozenset(word for word in vocabulary if word.isalpha())


@pytest.fixture(scope="session")
def reader(knowledge: Knowledge, known_words: frozenset[str]) -> FindingsReader:
    return FindingsReader(knowledge.concepts, known_words)
