"""Keep what a measuring command printed, with date, commit and machine, in RESULTS.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import date
from pathlib import Path

PAGE = Path(__file__).parent / "RESULTS.md"
HEAD = "# Results\n\nWritten by the commands named in each section; edit nothing here by hand.\n"


def keep(command: str, printed: str) -> None:
    """Replace the section of `command` in RESULTS.md."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    section = f"\n## `{command}`\n\n{date.today().isoformat()}, commit {_commit()}, {_machine()}\n\n```\n{printed.strip()}\n```\n"
    old = re.compile(rf"\n## `{re.escape(command)}`\n.*?\n```\n.*?\n```\n", re.DOTALL)
    page = old.sub(lambda _: section, page) if old.search(page) else page + section
    PAGE.write_text(page, encoding="utf-8")


def _commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            cwd=PAGE.parent,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    changed = subprocess.run(
        ["git", "status", "--porcelain"], capture_output=True, text=True, cwd=PAGE.parent
    )
    return answer.stdout.strip() + (" and changes not committed" if changed.stdout.strip() else "")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
