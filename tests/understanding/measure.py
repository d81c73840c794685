"""`make evaluate`: moves, topics and findings on the evaluation sets, which no tuning has seen.

Beside us stands stock Rasa's default pipeline, trained on the same data (`--no-stock` leaves it out).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from bot.nlp.unite import Weights
from bot.reasoning.conversation import Turn, story_of
from tests.benchmarks import stock as stock_model
from tests.benchmarks.results import PAGE, keep
from tests.understanding import stock
from tests.understanding.scores import Findings, Judged, macro_f1
from tests.wilson import share

FOLDER = Path(__file__).parent
# The goals of understanding.
GOALS = {
    "findings F1": 0.88,
    "assertion": 0.95,
    "paraphrase F1": 0.70,
    "moves and topics": 0.93,
    "out of scope rejected": 0.93,
}
IN_SCOPE_REJECTED = 0.04
MESSAGE_MS = 12.0
Reader = Callable[[Example], dict[str, Assertion]]


def terms_alone() -> Understanding:
    """Return lexicon and ConText without the encoder's heads."""
    alone = Understanding(read_knowledge(), load_encoder(), move_head())
    alone.weights = Weights(alone=2, asked=2, term=9, not_meant=-1)
    return alone


def encoder_alone() -> Understanding:
    """Return the encoder's heads without lexicon and ConText."""
    alone = Understanding(read_knowledge(), load_encoder(), move_head())
    alone._reader.read = lambda text: []  # type: ignore[method-assign]
    return alone


def reader_of(understanding: Understanding) -> Reader:
    """Return what the assistant takes a message to tell."""
    questions = read_knowledge().questions

    def read(example: Example) -> dict[str, Assertion]:
        reading = understanding.read(example.text, example.asked)
        turn = Turn(example.text, reading.move.name, findings=reading.findings, asked=example.asked)
        return {c: f.assertion for c, f in story_of([turn], questions).items() if f.family != "sign"}

    return read


def gold_findings(name: str) -> list[Example]:
    """Return the examples of an evaluation file."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [finding_line(line, name) for line in lines if line.strip() and not line.startswith("#")]


def measure_findings(read: Reader, examples: Sequence[Example], console: Console, show: bool) -> Findings:
    """Compare what is read with the gold findings."""
    result = Findings()
    for example in track(examples, "findings", console=console, transient=True):
        gold, found = dict(example.findings or ()), read(example)
        for concept in gold.keys() | found.keys():
            score = result.families[concept.partition(".")[0]]
            if concept in gold and concept in found:
                score.hit += 1
                result.assertions["right" if gold[concept] is found[concept] else "wrong"] += 1
            elif concept in found:
                score.wrong += 1
            else:
                score.missed += 1
        if show and gold != found:
            extra = {c: a.value for c, a in found.items() if gold.get(c) != a}
            lost = {c: a.value for c, a in gold.items() if found.get(c) != a}
            console.print(f"{example.text}\n   found {extra}\n   lost {lost}", style="dim", highlight=False)
    return result


def gold_moves() -> list[Judged]:
    """Return the messages with their gold labels; nothing found yet."""
    lines = (FOLDER / "moves.txt").read_text(encoding="utf-8").splitlines()
    rows = [[part.strip() for part in line.rpartition("=>")] for line in lines if "=>" in line]
    return [Judged(text, gold, "", 0.0) for text, _, gold in rows]


def our_moves(understanding: Understanding, console: Console) -> list[Judged]:
    """Return the messages with the labels that we find."""
    judged = []
    for one in track(gold_moves(), "moves", console=console, transient=True):
        move = understanding.read(one.text).move
        found = f"ask/{move.topic}" if move.topic else move.name
        judged.append(replace(one, found=found, confidence=min(move.confidence, 1.0)))
    return judged


def stock_moves(model: Path) -> list[Judged]:
    """Return the messages with the labels that stock Rasa finds."""
    gold = gold_moves()
    labels = stock.labels_of(model, [one.text for one in gold])
    return [replace(one, found=label, confidence=c) for one, (label, c) in zip(gold, labels, strict=True)]


def show_findings(title: str, result: Findings, console: Console) -> None:
    """Print a table by family."""
    made = Table(title=title)
    for column in ("family", "told", "precision", "recall", "F1"):
        made.add_column(column)
    for family, score in [*sorted(result.families.items()), ("all", result.all)]:
        figures = (f"{score.precision:.2f}", f"{score.recall:.2f}", f"{score.f1:.3f}")
        made.add_row(family, str(score.hit + score.missed), *figures)
    console.print(made)
    console.print(f"assertion right: {share(result.assertions['right'], result.assertions.total())}")


def show_moves(columns: dict[str, list[Judged]], console: Console) -> None:
    """Print moves and topics, one column a reader."""
    from tests.understanding.pictures import calibration_error

    made = Table(title="Moves and topics")
    for column in ("", *columns):
        made.add_column(column)
    rows: dict[str, Callable[[list[Judged]], str]] = {
        "right": lambda all_: share(sum(j.right for j in all_), len(all_)),
        "move right": lambda all_: share(sum(_move(j.gold) == _move(j.found) for j in all_), len(all_)),
        "macro-F1": lambda all_: f"{macro_f1(all_):.3f}",
        "out of scope rejected": lambda all_: share(*_rejected(all_, strange=True)),
        "in scope rejected": lambda all_: share(*_rejected(all_, strange=False)),
        "calibration error": lambda all_: f"{calibration_error(all_):.3f}",
    }
    for name, figure in rows.items():
        made.add_row(name, *(figure(judged) for judged in columns.values()))
    console.print(made)


def _move(label: str) -> str:
    return label.partition("/")[0]


def _rejected(judged: list[Judged], strange: bool) -> tuple[int, int]:
    lines = [j for j in judged if (j.gold == "out_of_scope") is strange]
    return sum(j.found == "out_of_scope" for j in lines), len(lines)


def milliseconds(understanding: Understanding) -> float:
    """Return what a whole message takes at the median, encoder included, on one core."""
    times = []
    for one in gold_moves()[::5]:
        begun = time.perf_counter()
        understanding.read(one.text)
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)[len(times) // 2]


def below_goals(figures: dict[str, float], rejected: float, cost: float) -> list[str]:
    """Return a line for each goal that was not reached."""
    short = [
        f"{name} {figures[name]:.3f}, goal {goal}" for name, goal in GOALS.items() if figures[name] < goal
    ]
    if rejected > IN_SCOPE_REJECTED:
        short.append(f"in scope rejected {rejected:.3f}, at most {IN_SCOPE_REJECTED}")
    if cost > MESSAGE_MS:
        short.append(f"a message takes {cost:.1f} ms, at most {MESSAGE_MS}")
    return short


def main() -> int:
    """Print everything; keep it with its pictures where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print what was read wrongly")
    parser.add_argument("--no-stock", action="store_true", help="leave stock Rasa out")
    parser.add_argument(
        "--stock-epochs", type=int, default=stock_model.EPOCHS, help="train stock Rasa for fewer, and say so"
    )
    parser.add_argument("--keep", action="store_true", help=f"write it all into {PAGE.name}, with pictures")
    options = parser.parse_args()
    console = Console(width=110, record=True)
    understanding = Understanding(read_knowledge(), load_encoder(), move_head())
    figures: dict[str, float] = {}
    for name in ("findings", "paraphrase"):
        examples = gold_findings(name)
        for title, alone in (("terms alone", terms_alone()), ("encoder alone", encoder_alone())):
            result = measure_findings(reader_of(alone), examples, console, show=False)
            right = share(result.assertions["right"], result.assertions.total())
            console.print(f"{name}, {title}: F1 {result.all.f1:.3f}, assertion right {right}")
        result = measure_findings(reader_of(understanding), examples, console, options.show)
        show_findings(f"Findings: {name}, united", result, console)
        figures[f"{name} F1"] = result.all.f1
        figures.setdefault("assertion", result.assertions["right"] / max(result.assertions.total(), 1))
    ours = our_moves(understanding, console)
    columns = {"ours": ours}
    if not options.no_stock:
        epochs = options.stock_epochs
        name = "stock Rasa" if epochs == stock_model.EPOCHS else f"stock Rasa, {epochs} of its epochs"
        columns[name] = stock_moves(stock_model.trained_nlu(epochs))
    show_moves(columns, console)
    if options.show:
        for j in ours:
            if not j.right:
                console.print(f"{j.gold} taken for {j.found} ({j.confidence:.2f}): {j.text}", style="dim")
    figures["moves and topics"] = sum(j.right for j in ours) / len(ours)
    hits, of = _rejected(ours, strange=True)
    figures["out of scope rejected"] = hits / of
    hits, of = _rejected(ours, strange=False)
    cost = milliseconds(understanding)
    console.print(f"a message takes {cost:.1f} ms at the median")
    for line in below_goals(figures, hits / of, cost):
        console.print(f"Below the goal: {line}", style="red")
    if options.keep:
        from tests.understanding.pictures import draw_confusion, draw_reliability

        draw_confusion(ours, PAGE.parent / "confusion.png")
        draw_reliability(ours, PAGE.parent / "reliability.png")
        keep("make evaluate", console.export_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
