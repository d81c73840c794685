"""python -m bot train: train the model, unless one of just this data is there."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from bot.nlp.moves import MoveHead
from bot.settings import ROOT, Settings

DECIDE = (
    "config.yml",
    "domain.yml",
    "data/**/*",
    "bot/knowledge/content/*.yml",
    "bot/nlp/**/*",
    "bot/components/*.py",
    "bot/reasoning/*.py",
)
HEAD = "move_head.npz"


def main(arguments: list[str]) -> int:
    """Train where needed."""
    parser = argparse.ArgumentParser(prog="python -m bot train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even if the model is there")
    options = parser.parse_args(arguments)
    path = model_path()
    if path.exists() and not options.force:
        print(f"The model is up to date: {path}", file=sys.stderr)
        return 0
    return train(path)


def model_path() -> Path:
    """Return where the model of the files as they are now belongs."""
    return Settings.from_environment().models / f"sole-and-spine-{digest()[:12]}.tar.gz"


def digest() -> str:
    """Return a SHA-256 over every file that decides what the model is."""
    hashed = hashlib.sha256()
    for pattern in DECIDE:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                hashed.update(str(path.relative_to(ROOT)).encode() + b"\0")
                hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()


def train(path: Path) -> int:
    """Run `rasa train` into `path`; older models of ours are removed afterwards."""
    started = time.monotonic()
    print("Training the model, about a minute ...", file=sys.stderr, flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "bot.lean",
        "train",
        "--fixed-model-name",
        path.name,
        "--out",
        str(path.parent),
        "--skip-validation",
    ]
    log = path.parent / "train.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            time.sleep(1)
            if sys.stderr.isatty():
                print(f"\r  {time.monotonic() - started:.0f} s ", end="", file=sys.stderr, flush=True)
    if process.returncode or not path.exists():
        print(log.read_text()[-3000:], file=sys.stderr)
        print(f"Training failed. The whole log: {log}", file=sys.stderr)
        return 1
    for old in path.parent.glob("sole-and-spine-*.tar.gz"):
        if old != path:
            old.unlink()
    print(f"\rTrained in {time.monotonic() - started:.0f} s: {path.name}", file=sys.stderr)
    return 0


def move_head() -> MoveHead:
    """Return the trained move head; trains first where there is no model yet."""
    path = model_path()
    if not path.exists() and train(path):
        raise SystemExit(1)
    with tarfile.open(path) as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith(HEAD))
        content = archive.extractfile(member)
        if content is None:
            raise SystemExit(f"{path}: {HEAD} is damaged. Run: python -m bot train --force")
        return MoveHead.from_bytes(content.read())
