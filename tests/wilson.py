"""Shares with their uncertainty."""

from __future__ import annotations

from math import sqrt


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson 95 % interval of a share (Wilson 1927, doi:10.2307/2276774)."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (centre - spread) / (1 + z * z / of), (centre + spread) / (1 + z * z / of)


def share(hits: int, of: int) -> str:
    """Return "97.5 % (95.1 to 98.7)"."""
    low, high = wilson(hits, of)
    return f"{100 * hits / max(of, 1):5.1f} % ({100 * low:.1f} to {100 * high:.1f})"
