"""What the graph components of one process share, built once."""

from __future__ import annotations

from functools import lru_cache

from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Understanding

HEARD = "heard"
"""Under this key a message carries what the encoder made of it."""


@lru_cache(maxsize=1)
def understanding() -> Understanding:
    """Return the process's one reader of messages, without a move head."""
    return Understanding(read_knowledge(), load_encoder())
