"""Two pictures of how moves and topics are told apart: confusion, and whether confidence can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from tests.understanding.scores import Judged

BINS = 10


def draw_confusion(judged: Sequence[Judged], path: Path) -> None:
    """Draw which label was taken for which; the diagonal is what was right."""
    labels = sorted({j.gold for j in judged} | {j.found for j in judged})
    counts = Counter((j.gold, j.found) for j in judged)
    table = np.array([[counts[gold, found] for found in labels] for gold in labels], float)
    table /= np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(15, 14))
    shown = axes.imshow(table, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_xlabel("taken for")
    axes.set_ylabel("meant")
    figure.colorbar(shown, shrink=0.6, label="share of the lines meant so")
    figure.savefig(path, dpi=70, bbox_inches="tight")
    plt.close(figure)


def draw_reliability(judged: Sequence[Judged], path: Path) -> None:
    """Draw how often the assistant was right at each confidence; on the line it can be believed."""
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, label="to be believed")
    bins = [b for b in _binned(judged) if b]
    axes.plot(
        [np.mean([j.confidence for j in b]) for b in bins],
        [np.mean([j.right for j in b]) for b in bins],
        "o-",
        label=f"measured, error {calibration_error(judged):.3f}",
    )
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
    axes.legend()
    figure.savefig(path, dpi=80, bbox_inches="tight")
    plt.close(figure)


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error over ten bins (Guo et al. 2017, arXiv:1706.04599)."""
    return float(
        sum(
            len(b) * abs(np.mean([j.confidence for j in b]) - np.mean([j.right for j in b]))
            for b in _binned(judged)
            if b
        )
        / max(len(judged), 1)
    )


def _binned(judged: Sequence[Judged]) -> list[list[Judged]]:
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in judged:
        bins[min(int(one.confidence * BINS), BINS - 1)].append(one)
    return bins
