"""`make soak`: 32 conversations for ten minutes; no error, no growth, and quick all the way."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.bench import Running, ours, started
from tests.benchmarks.load import Figures, crowd
from tests.benchmarks.results import keep

PEOPLE = 32
SECONDS = 600
# Between an answer and the next message; a person who reads needs longer.
PAUSE = 3.0
GROWTH_AT_MOST = 0.05
P95_AT_MOST = 150.0
EACH = 15.0


async def watched(running: Running, seconds: float) -> tuple[Figures, list[float]]:
    """Run the crowd, and look at the memory on the way."""
    memory: list[float] = []
    talking = asyncio.ensure_future(crowd(running.port, PEOPLE, seconds, pause=PAUSE))
    until = time.monotonic() + seconds
    # The first minute fills caches: what is held for the people who are here.
    await asyncio.sleep(min(60.0, seconds / 2))
    while time.monotonic() < until:
        memory.append(running.memory())
        await asyncio.sleep(min(EACH, seconds / 4))
    return await talking, memory


def main() -> int:
    """Run; return 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        commands, port, paths, environment = ours(Path(folder))
        with started(commands, port, paths, **environment) as running:
            figures, memory = asyncio.run(watched(running, seconds))
    growth = memory[-1] / memory[0] - 1
    kept = {
        f"{len(figures.turns)} turns, {figures.failed} not answered": figures.failed == 0,
        f"memory {memory[0]:.0f} MB after a minute, {memory[-1]:.0f} MB at the end: {growth:+.1%}": growth
        <= GROWTH_AT_MOST,
        f"95th percentile {figures.p95:.0f} ms, median {figures.median:.0f} ms": figures.p95 <= P95_AT_MOST,
    }
    lines = [f"{PEOPLE} conversations, {seconds:.0f} s, {PAUSE:.0f} s between answer and next message"]
    lines += [f"{'as promised' if held else 'NOT AS PROMISED'}: {what}" for what, held in kept.items()]
    lines += [f"load of the machine in the last minute, ours included: {os.getloadavg()[0]:.1f}"]
    print("\n".join(lines))
    keep("make soak", "\n".join(lines))
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
