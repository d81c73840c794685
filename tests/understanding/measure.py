"""`make evaluate`: moves, topics and findings on the evaluation sets, which no tuning has seen."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bot.lean import without_tensorflow

without_tensorflow()

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.commands.train import move_head
from bot.knowledge.concepts import Assertion
from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.examples import Example, finding_line
from bot.nlp.understanding import Understanding
from bot.reasoning.conversation import Turn, story_of
from tests.benchmarks.results import keep
from tests.wilson import share

FOLDER = Path(__file__).parent


@dataclass
class Score:
    """Hits, false alarms and misses."""

    hit: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        return 2 * self.hit / max(2 * self.hit + self.wrong + self.missed, 1)

    @property
    def precision(self) -> float:
        return self.hit / max(self.hit + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.hit / max(self.hit + self.missed, 1)


@dataclass
class Findings:
    """Findings by family (concept told at all), and how often their assertion was right."""

    families: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    assertions: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> Score:
        scores = self.families.values()
        return Score(sum(s.hit for s in scores), sum(s.wrong for s in scores), sum(s.missed for s in scores))


def findings_of(understanding: Understanding, example: Example) -> dict[str, Assertion]:
    """Return what the assistant takes a message to tell."""
    knowledge = read_knowledge()
    reading = understanding.read(example.text, example.asked)
    turn = Turn(example.text, reading.move.name, findings=reading.findings, asked=example.asked)
    story = story_of([turn], knowledge.questions)
    return {c: f.assertion for c, f in story.items() if f.family != "sign"}


def measure_findings(understanding: Understanding, path: Path, console: Console, show: bool) -> Findings:
    """Compare with the gold findings of a file."""
    result = Findings()
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    for line in track(lines, path.stem, console=console, transient=True):
        example = finding_line(line, path.name)
        gold, found = dict(example.findings or ()), findings_of(understanding, example)
        for concept in gold.keys() | found.keys():
            score = result.families[concept.partition(".")[0]]
            if concept in gold and concept in found:
                score.hit += 1
                result.assertions["right" if _same(gold[concept], found[concept]) else "wrong"] += 1
            elif concept in found:
                score.wrong += 1
            else:
                score.missed += 1
        if show and gold != found:
            extra = {c: a.value for c, a in found.items() if gold.get(c) != a}
            lost = {c: a.value for c, a in gold.items() if found.get(c) != a}
            console.print(f"{line}\n   found {extra}\n   lost {lost}", style="dim", highlight=False)
    return result


def _same(gold: Assertion, found: Assertion) -> bool:
    return gold is found


def measure_moves(understanding: Understanding, path: Path, console: Console, show: bool) -> dict[str, float]:
    """Compare with the gold moves and topics of a file."""
    counts: Counter[str] = Counter()
    scores: dict[str, Score] = defaultdict(Score)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "=>" in line]
    for line in track(lines, path.stem, console=console, transient=True):
        text, _, gold = (part.strip() for part in line.rpartition("=>"))
        move = understanding.read(text).move
        found = f"ask/{move.topic}" if move.topic else move.name
        strange = gold == "out_of_scope"
        counts["strange" if strange else "in scope"] += 1
        counts["right"] += found == gold
        counts["right move"] += move.name == gold.partition("/")[0]
        if strange:
            counts["strange rejected"] += move.name == "out_of_scope"
        else:
            counts["rejected wrongly"] += move.name == "out_of_scope"
            counts["in scope right"] += found == gold
        if found == gold:
            scores[gold].hit += 1
        else:
            scores[gold].missed += 1
            scores[found].wrong += 1
            if show:
                console.print(
                    f"{gold} taken for {found} ({move.confidence:.2f}): {text}", style="dim", highlight=False
                )
    total = len(lines)
    console.print(f"moves and topics right: {share(counts['right'], total)} of {total}")
    console.print(
        f"in scope right: {share(counts['in scope right'], counts['in scope'])} of {counts['in scope']}"
    )
    console.print(f"move right: {share(counts['right move'], total)}")
    console.print(f"macro-F1: {sum(s.f1 for s in scores.values()) / max(len(scores), 1):.3f}")
    console.print(
        f"out of scope rejected: {share(counts['strange rejected'], counts['strange'])} of {counts['strange']}"
    )
    console.print(f"in scope rejected: {share(counts['rejected wrongly'], counts['in scope'])}")
    return {"accuracy": counts["right"] / max(total, 1)}


def main() -> int:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print what was read wrongly")
    parser.add_argument(
        "--keep", action="store_true", help="write what is printed into tests/benchmarks/RESULTS.md"
    )
    options = parser.parse_args()
    console = Console(width=110, record=True)
    understanding = Understanding(read_knowledge(), load_encoder(), move_head())
    for name in ("findings", "paraphrase"):
        result = measure_findings(understanding, FOLDER / f"{name}.txt", console, options.show)
        made = Table(title=f"Findings: {name}")
        for column in ("family", "told", "precision", "recall", "F1"):
            made.add_column(column)
        for family, score in [*sorted(result.families.items()), ("all", result.all)]:
            made.add_row(
                family,
                str(score.hit + score.missed),
                f"{score.precision:.2f}",
                f"{score.recall:.2f}",
                f"{score.f1:.3f}",
            )
        console.print(made)
        console.print(f"assertion right: {share(result.assertions['right'], result.assertions.total())}")
    measure_moves(understanding, FOLDER / "moves.txt", console, options.show)
    texts = [line.partition("=>")[0] for line in (FOLDER / "moves.txt").read_text().splitlines()[::5]]
    times = []
    for text in texts:
        begun = time.perf_counter()
        understanding.read(text)
        times.append((time.perf_counter() - begun) * 1000)
    console.print(f"a message takes {sorted(times)[len(times) // 2]:.1f} ms at the median")
    if options.keep:
        keep("make evaluate", console.export_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
