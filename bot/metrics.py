"""What is counted, for /metrics: nothing that belongs to a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 25)

TURNS = Counter("turns", "Messages answered", ["channel", "outcome"], namespace="sole_spine")
STAGES = Histogram("stage_seconds", "Time by stage", ["stage"], namespace="sole_spine", buckets=SECONDS)
RED_FLAGS = Counter("red_flags", "Red flags spoken of", ["red_flag", "as"], namespace="sole_spine")
FALLBACKS = Counter("fallbacks", "Messages that were not understood", namespace="sole_spine")
ERRORS = Counter("errors", "What failed", ["part", "kind"], namespace="sole_spine")
REFUSED = Counter("refused", "Messages not passed on, by HTTP status", ["status"], namespace="sole_spine")
IN_PROGRESS = Gauge("turns_in_progress", "Turns being answered now", namespace="sole_spine")
UNSAVED = Gauge("unsaved_conversations", "Conversations that wait for the database", namespace="sole_spine")

CONTENT_TYPE = CONTENT_TYPE_LATEST


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time a stage of a turn."""
    began = time.perf_counter()
    try:
        yield
    finally:
        STAGES.labels(name).observe(time.perf_counter() - began)


def page() -> bytes:
    """Return all figures as Prometheus reads them."""
    return generate_latest()
