"""make screenshots: the pictures of the widget in docs/, taken from the running assistant."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conversations.live import ROOT, running
from tests.widget.test_widget import CHROMIUM, HERE, PATH, missing

PICTURES = ROOT / "docs" / "widget"


def main() -> int:
    """Start the assistant, walk through it, keep what is seen."""
    if lack := missing():
        print(f"The pictures need {lack}. `make browser` installs it.", file=sys.stderr)
        return 1
    subprocess.run([sys.executable, "-m", "bot", "train"], cwd=ROOT, check=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), "run") as assistant:
        told = {"PATH": PATH, "WIDGET_PORT": str(assistant.port), "CHROMIUM": str(CHROMIUM)}
        return subprocess.run(
            ["node", "screenshots.js", str(PICTURES)], cwd=HERE, env={**os.environ, **told}
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
