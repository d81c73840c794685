"""Stock Rasa beside us: its default pipeline and policies, trained on our own data.

python -m tests.benchmarks.stock [--nlu [--epochs N]]     trains it where needed and prints where it is
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bot.knowledge.reader import read_knowledge
from bot.settings import ROOT

KEPT = ROOT / "results" / "stock"
DATA = ("data/nlu", "data/stories")
EPOCHS = 100
# A training of hours is kept after so many epochs, and goes on from there when it was cut off.
SLICE = 10
# Enough to measure speed, memory and size, which do not depend on it.
BENCH_EPOCHS = 3

# rasa/engine/recipes/config_files/default_config.yml as `rasa init` uses it; only the epochs may shrink.
CONFIG = """\
recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {epochs}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: {epochs}
  - name: TEDPolicy
    max_history: 5
    epochs: {epochs}
    constrain_similarities: true
"""


def trained() -> Path:
    """Return the whole assistant's archive, for speed and size; train it first where this data is new."""
    folder = KEPT / f"{digest()[:12]}-{BENCH_EPOCHS}"
    model = folder / "stock.tar.gz"
    if not model.exists():
        lay_out(folder, BENCH_EPOCHS)
        _train(folder, model)
    return model


def trained_nlu(epochs: int = EPOCHS) -> Path:
    """Return a model of its pipeline alone, to compare understanding; stories do not touch it.

    It is trained in slices, each by Rasa's own incremental training from the one before.
    """
    hashed = hashlib.sha256(CONFIG.encode())
    for path in sorted((ROOT / "data/nlu").glob("*.yml")):
        hashed.update(path.read_bytes())
    folder = KEPT / f"nlu-{hashed.hexdigest()[:12]}"
    before = 0
    for done in [*range(SLICE, epochs, SLICE), epochs]:
        model = folder / f"{done}.tar.gz"
        if not model.exists():
            lay_out(folder, done - before)
            _train(folder, model, "nlu", *(("--finetune", f"{before}.tar.gz") if before else ()))
        before = done
    return model


def digest() -> str:
    """Return a SHA-256 over the data and the domain that both assistants share."""
    hashed = hashlib.sha256()
    for path in [ROOT / "domain.yml", *(p for d in DATA for p in sorted((ROOT / d).glob("*.yml")))]:
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def lay_out(folder: Path, epochs: int) -> None:
    """Make a Rasa project of our data and domain with stock's configuration."""
    for part in DATA:
        shutil.copytree(ROOT / part, folder / part, dirs_exist_ok=True)
    (folder / "config.yml").write_text(CONFIG.format(epochs=epochs))
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    # Its ResponseSelector chooses among texts of the domain; ours stand in the knowledge.
    for topic in read_knowledge().topics.values():
        domain["responses"][f"utter_ask/{topic.id}"] = [{"text": topic.title}]
    (folder / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True), encoding="utf-8")


def _train(folder: Path, model: Path, *part: str) -> None:
    command = [
        sys.executable,
        "-m",
        "rasa",
        "train",
        *part,
        "--fixed-model-name",
        model.name.removesuffix(".tar.gz"),
        "--out",
        ".",
        *(() if part else ("--skip-validation",)),
    ]
    started, log = time.monotonic(), folder / "train.log"
    with log.open("wb") as output, Live(console=Console(stderr=True), transient=True) as shown:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            seconds = time.monotonic() - started
            shown.update(Text(f"Training stock Rasa, {seconds:.0f} s: {_last_line(log)[-100:]}"))
            time.sleep(1)
    if process.returncode or not model.exists():
        raise SystemExit(f"Stock Rasa could not be trained. The whole log: {log}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").replace("\r", "\n").strip().splitlines()
    return lines[-1] if lines else ""


def main() -> None:
    """Train it where needed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nlu", action="store_true", help="its pipeline alone")
    parser.add_argument(
        "--epochs", type=int, default=EPOCHS, help=f"of the pipeline alone; {EPOCHS} by default"
    )
    options = parser.parse_args()
    print(trained_nlu(options.epochs) if options.nlu else trained())


if __name__ == "__main__":
    main()
