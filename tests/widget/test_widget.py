"""The widget in Debian's chromium, against the running assistant.

Each behaviour is a test of a *.test.js file beside this one, named in a sentence.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.concepts import Knowledge
from tests.conversations.live import Assistant

HERE = Path(__file__).parent
WIDGET = HERE.parents[1] / "bot" / "channels" / "widget"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
NAMED = re.compile(r'^test\("(.+?)",', re.MULTILINE)
# Where the machine has no node, `make browser` puts one beside our Python.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
NODE_AT_LEAST = 20
FILE_SECONDS = 400
Outcome = dict[str, Any]


def behaviours() -> Iterator[Any]:
    """Yield each test of each file, in the order in which they stand there."""
    for file in sorted(HERE.glob("*.test.js")):
        for name in NAMED.findall(file.read_text(encoding="utf-8")):
            yield pytest.param(file.name, name, id=f"{file.name.partition('.')[0]}: {name}")


def missing() -> str | None:
    """Return what the tests need and this machine lacks."""
    node = shutil.which("node", path=PATH)
    found = node and subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    if not found or int(found.lstrip("v").partition(".")[0]) < NODE_AT_LEAST:
        return f"node {NODE_AT_LEAST} or newer (found: {found or 'none'})"
    if not CHROMIUM.exists():
        return f"Debian's chromium (looked for {CHROMIUM}; CHROMIUM may name another)"
    if not (HERE / "node_modules" / "playwright-core").exists():
        return "the packages of tests/widget/package-lock.json"
    return None


@pytest.fixture(scope="session")
def machine() -> None:
    """Skip where there is no browser; on the project's own checks that is a failure."""
    if lack := missing():
        text = f"The widget's tests need {lack}. `make browser` installs it."
        pytest.fail(text) if os.environ.get("CI") else pytest.skip(text)


@pytest.fixture(scope="session")
def outcomes(machine: None, assistant: Assistant, request: pytest.FixtureRequest) -> Any:
    """Return what came of a file's tests; a file is run once, with the tests that were asked for."""
    wanted: dict[str, list[str]] = {}
    for item in request.session.items:
        if item.path == Path(__file__) and hasattr(item, "callspec"):
            wanted.setdefault(item.callspec.params["file"], []).append(item.callspec.params["name"])
    done: dict[str, dict[str, Outcome]] = {}

    def outcomes_of(file: str) -> dict[str, Outcome]:
        if file not in done:
            done[file] = run(file, wanted[file], assistant.port)
        return done[file]

    return outcomes_of


def run(file: str, names: list[str], port: int) -> dict[str, Outcome]:
    """Run tests of a file in a browser of their own; return what came of each."""
    only = [f"--test-name-pattern=^{re.escape(name).replace(chr(92) + ' ', ' ')}$" for name in names]
    ended = subprocess.run(
        ["node", "--test-reporter=./report.js", *only, file],
        cwd=HERE,
        env={**os.environ, "PATH": PATH, "WIDGET_PORT": str(port), "CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        timeout=FILE_SECONDS,
    )
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    for one in told:
        if "measured" in one:
            print(f"{file}: {one['measured']}")
    nothing = {"ok": False, "why": f"{file} did not get that far:\n{ended.stderr[-3000:]}"}
    return dict.fromkeys(names, nothing) | {one["name"]: one for one in told if "name" in one}


@pytest.mark.parametrize(("file", "name"), behaviours())
def test_in_the_browser(file: str, name: str, outcomes: Any):
    outcome = outcomes(file)[name]

    if outcome.get("skipped"):
        pytest.skip(outcome["skipped"])
    assert outcome["ok"], outcome["why"]


def test_every_promise_of_accessibility_and_privacy_is_shown_by_a_test_of_that_name():
    page = (HERE.parents[1] / "docs" / "accessibility.md").read_text(encoding="utf-8")
    promises = re.split(r"^\d+\. ", page, flags=re.MULTILINE)[1:]
    names = [re.findall(r"^ +- (.+)$", promise, re.MULTILINE) for promise in promises]

    assert len(promises) == 20
    assert all(names)
    assert {name for some in names for name in some} <= {one.values[1] for one in behaviours()}


def test_what_the_tests_fetch_is_fixed_by_its_content_and_names_no_host():
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    fetched = {name: one for name, one in locked["packages"].items() if name}

    assert set(fetched) == {f"node_modules/{name}" for name in ("axe-core", "playwright-core", "typescript")}
    assert all(one["integrity"].startswith("sha512-") for one in fetched.values())
    assert "resolved" not in (HERE / "package-lock.json").read_text(encoding="utf-8")


def test_the_types_of_the_widget_fit(machine: None):
    checked = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"],
        cwd=HERE,
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout


def test_every_number_of_care_that_is_shown_can_be_tapped(knowledge: Knowledge):
    tapped = re.search(r"line\.split\(/(.+?)/\)", (WIDGET / "cards.js").read_text(encoding="utf-8"))
    shown = [
        text
        for region in knowledge.regions.values()
        for text in (
            region.emergency_number,
            region.urgent_line,
            *(line.how for line in region.crisis if line.checked != "unverified"),
        )
    ]
    numbers = [number for text in shown for number in re.findall(r"\d[\d ]*\d", text)]

    assert tapped
    assert {"911", "999", "112", "116 123"} <= set(numbers)
    assert [number for number in numbers if not re.fullmatch(tapped[1], number)] == []


def test_the_widget_fetches_no_code_of_others():
    imports = [
        name
        for file in WIDGET.glob("*.js")
        for name in re.findall(r'(?:\bfrom |import\()"([^"]+)"', file.read_text(encoding="utf-8"))
    ]

    assert imports
    assert [name for name in imports if not re.fullmatch(r"\./\w+\.js", name)] == []
    assert not list(WIDGET.glob("**/package.json"))
