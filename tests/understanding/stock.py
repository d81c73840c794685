"""What stock Rasa makes of messages: one a line of standard input, one label a line of output.

python -m tests.understanding.stock MODEL     runs with TensorFlow, in a process of its own
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot.settings import ROOT

FALLBACK = "nlu_fallback"


def labels_of(model: Path, texts: list[str]) -> list[tuple[str, float]]:
    """Return stock's move, or ask/topic, and its confidence for each text."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.understanding.stock", str(model)],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    rows = [line.split("\t") for line in answer.stdout.splitlines() if line.startswith("label\t")]
    return [(label, float(confidence)) for _, label, confidence in rows]


def label_of(parsed: dict[str, Any]) -> tuple[str, float]:
    """Return the label of what Rasa parsed; its fallback is its way to say out of scope."""
    name, confidence = parsed["intent"]["name"], parsed["intent"]["confidence"]
    if name == FALLBACK:
        return "out_of_scope", confidence
    if name != "ask":
        return name, confidence
    chosen = parsed["response_selector"]["ask" if "ask" in parsed["response_selector"] else "default"]
    return chosen["response"]["intent_response_key"], confidence


def main(model: str) -> None:
    """Parse standard input with the model."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    for text in sys.stdin.read().splitlines():
        label, confidence = label_of(asyncio.run(agent.parse_message(text)))
        print("label", label, confidence, sep="\t", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
