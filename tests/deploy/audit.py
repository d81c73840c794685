"""`make audit`: ask the public advisory service about every locked package, and excuse only what is written down."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from datetime import date
from pathlib import Path

from bot.settings import ROOT

EXCEPTIONS = ROOT / "deploy" / "audit.toml"
NEEDED = {"id", "package", "why", "again"}


def exceptions(today: date) -> list[str]:
    """Return the ids that may pass; raise SystemExit where one has no reason or its day has passed."""
    entries = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["except"]
    for entry in entries:
        if set(entry) != NEEDED or not str(entry["why"]).strip():
            raise SystemExit(f"{EXCEPTIONS.name}: {entry.get('id')} needs {', '.join(sorted(NEEDED))}.")
        if entry["again"] < today:
            raise SystemExit(
                f"{EXCEPTIONS.name}: {entry['id']} was to be looked at again on {entry['again']}."
            )
    return [entry["id"] for entry in entries]


def main() -> int:
    """Audit what serving needs, with the uv that is named; return pip-audit's exit code."""
    passed = exceptions(date.today())
    uv = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder) / "locked.txt"
        subprocess.run(
            [uv, "export", "--frozen", "--no-dev", "--no-emit-project", "-q", "-o", str(locked)],
            cwd=ROOT,
            check=True,
        )
        command = [uv, "tool", "run", "pip-audit", "-r", str(locked), "--require-hashes", "--disable-pip"]
        for name in passed:
            command += ["--ignore-vuln", name]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(answer.stdout, answer.stderr, sep="\n")
    if "could not be audited" in answer.stdout:
        print("The advisory service does not know these packages: is it reached from here?", file=sys.stderr)
        return 1
    return answer.returncode


if __name__ == "__main__":
    sys.exit(main())
