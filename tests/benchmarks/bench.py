"""`make bench`: ours beside stock Rasa, in one run on one machine; figures and a picture.

Stock is trained for a few epochs only: its speed, memory and size do not depend on how long it was trained.
How well it understands after a whole training is measured by `make evaluate`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bot.settings import ROOT
from tests.benchmarks import stock
from tests.benchmarks.load import SAID, Figures, crowd, long_talk
from tests.benchmarks.quota import share_of_a_core
from tests.benchmarks.results import PAGE, keep
from tests.servers import Postgres, Redis, fresh_database

CROWDS = (1, 8, 32)
SECONDS, QUICK_SECONDS = 30.0, 6.0
LONG = 200
# Turns of the same words, a whole round of the talk at the beginning and at the end.
EARLY, LATE = slice(5, 5 + len(SAID)), slice(LONG - 5, LONG - 5 + len(SAID))
READY_SECONDS = 1800
# What each of several server processes gets, where the machine has no core for each and another for the rest.
SHARE = 0.2
PICTURE = PAGE.parent / "bench.png"
console = Console(stderr=True)


@dataclass
class Measured:
    """All that was measured of one assistant."""

    name: str
    ready: float = 0.0
    ready_cpu: float = 0.0
    memory: float = 0.0
    size: float = 0.0
    crowds: dict[int, Figures] = field(default_factory=dict)
    early: float = 0.0
    late: float = 0.0


@dataclass
class Running:
    """Started processes that answer on a port."""

    port: int
    ready: float
    roots: list[subprocess.Popen[bytes]]

    def processes(self, only_python: bool = False) -> list[psutil.Process]:
        """All processes, or those that run Python: the servers without databases and proxy."""
        found = []
        for root in self.roots:
            parent = psutil.Process(root.pid)
            found += [parent, *parent.children(recursive=True)]
        return [p for p in found if not only_python or p.name().startswith("python")]

    def cpu(self) -> float:
        """Seconds that the servers kept a core busy so far."""
        return sum(t.user + t.system for t in (p.cpu_times() for p in self.processes(only_python=True)))

    def memory(self) -> float:
        """Megabytes of memory that the servers have for themselves."""
        return sum(p.memory_full_info().uss for p in self.processes(only_python=True)) / 1e6


@contextmanager
def started(
    commands: list[list[str]], port: int, paths: list[tuple[int, str]], **environment: str
) -> Iterator[Running]:
    """Start the commands, and yield when every path answers with 200."""
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        settings = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT), **environment}
        roots = [subprocess.Popen(c, cwd=ROOT, env=settings, stdout=log, stderr=log) for c in commands]
        try:
            while not all(_answers(number, path) for number, path in paths):
                if time.monotonic() - began > READY_SECONDS or any(root.poll() is not None for root in roots):
                    log.seek(0)
                    raise SystemExit(
                        f"{commands[0]} did not start:\n{log.read()[-3000:].decode(errors='replace')}"
                    )
                time.sleep(0.05)
            yield Running(port, time.monotonic() - began, roots)
        finally:
            for root in roots:
                root.terminate()
            for root in roots:
                root.wait(60)


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ours(folder: Path) -> tuple[list[list[str]], int, list[tuple[int, str]], dict[str, str]]:
    """Return how ours is started, as `make run` does."""
    port = free_port()
    environment = {
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/ours.db",
        "TURNS_A_MINUTE": "1000000",
    }
    return [[sys.executable, "-m", "bot", "run"]], port, [(port, "/ready")], environment


def stocks(folder: Path, model: Path) -> tuple[list[list[str]], int, list[tuple[int, str]], dict[str, str]]:
    """Return how stock Rasa is started, with our actions in its action server."""
    port, actions = free_port(), free_port()
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text(
        f"action_endpoint: {{url: 'http://127.0.0.1:{actions}/webhook'}}\n"
        f"tracker_store: {{type: SQL, dialect: sqlite, db: '{folder}/stock.db'}}\n"
    )
    server = [
        sys.executable,
        "-m",
        "rasa",
        "run",
        "--model",
        str(model),
        "--port",
        str(port),
        "-i",
        "127.0.0.1",
    ]
    server += ["--credentials", str(folder / "credentials.yml"), "--endpoints", str(folder / "endpoints.yml")]
    action_server = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions)]
    environment = {"DATABASE_URL": f"sqlite:///{folder}/ours.db", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return [server, action_server], port, [(actions, "/health"), (port, "/")], environment


def measure(name: str, how: tuple, seconds: float, is_stock: bool) -> Measured:
    """Start it and measure all but its size."""
    measured = Measured(name)
    commands, port, paths, environment = how
    with started(commands, port, paths, **environment) as running:
        measured.ready, measured.ready_cpu = running.ready, running.cpu()
        asyncio.run(crowd(port, 2, 3, is_stock))
        for people in CROWDS:
            console.print(f"{name}: {people} at once ...")
            measured.crowds[people] = counted(running, lambda n=people: crowd(port, n, seconds, is_stock))
        console.print(f"{name}: a talk of {LONG} turns ...")
        times = asyncio.run(long_talk(port, LATE.stop, is_stock))
        measured.early, measured.late = statistics.median(times[EARLY]), statistics.median(times[LATE])
        measured.memory = running.memory()
    return measured


def counted(running: Running, run: Callable) -> Figures:
    """Run a crowd, with the seconds that it kept the servers' cores busy."""
    before = running.cpu()
    figures: Figures = asyncio.run(run())
    figures.cpu_seconds = running.cpu() - before
    return figures


def fleet(
    processes: int, seconds: float, databases: tuple[Postgres, Redis]
) -> tuple[Figures, Figures | None]:
    """Measure so many processes over PostgreSQL and Redis behind nginx at 32 conversations.

    Return the figures with all that the machine has, and with the same share of a core for each process;
    None in place of those where the machine sets no shares.
    """
    postgres, redis = databases
    port = free_port()
    command = [sys.executable, "-m", "bot", "run", "--processes", str(processes)]
    environment = {"PORT": str(port), "DATABASE_URL": fresh_database(postgres.url), "REDIS_URL": redis.url}
    with started([command], port, [(port, "/health")], TURNS_A_MINUTE="1000000", **environment) as running:
        asyncio.run(crowd(port, 8, 3))
        console.print(f"{processes} processes: {CROWDS[-1]} at once ...")
        unbound = counted(running, lambda: crowd(port, CROWDS[-1], seconds))
        servers = [p.pid for p in running.processes(only_python=True) if p.pid != running.roots[0].pid]
        try:
            with share_of_a_core(servers, SHARE):
                return unbound, counted(running, lambda: crowd(port, CROWDS[-1], seconds))
        except OSError as error:
            console.print(f"No shares of a core on this machine ({error}); root may set them.")
            return unbound, None


def installed(group: list[str]) -> float:
    """Install into a folder of its own, and return its megabytes."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    with tempfile.TemporaryDirectory() as folder:
        place = {**os.environ, "UV_PROJECT_ENVIRONMENT": f"{folder}/venv", "UV_LINK_MODE": "copy"}
        subprocess.run([uv, "sync", "--frozen", "-q", *group], cwd=ROOT, env=place, check=True)
        return (
            sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file() and not f.is_symlink()) / 1e6
        )


def report(a: Measured, b: Measured, fleets: list[tuple[Figures, Figures | None]], seconds: float) -> Table:
    """Return both side by side, and one process beside two."""
    title = f"Ours beside stock Rasa (trained {stock.BENCH_EPOCHS} epochs, which changes no figure here)"
    title += f"; each crowd talks {seconds:.0f} s"
    table = Table("", a.name, b.name, "ours to stock", title=title)

    def row(what: str, x: float, y: float, unit: str, digits: int = 1) -> None:
        table.add_row(what, f"{x:.{digits}f} {unit}", f"{y:.{digits}f} {unit}", f"{x / y:.2f}")

    row("start to ready", a.ready, b.ready, "s")
    row("start to ready: a core kept busy", a.ready_cpu, b.ready_cpu, "s")
    row("memory", a.memory, b.memory, "MB", 0)
    row("install size", a.size, b.size, "MB", 0)
    for people in CROWDS:
        x, y = a.crowds[people], b.crowds[people]
        row(f"{people} at once: median a turn", x.median, y.median, "ms")
        row(f"{people} at once: 95th percentile", x.p95, y.p95, "ms")
        row(f"{people} at once: turns a second", x.a_second, y.a_second, "")
        row(f"{people} at once: turns a second a core", x.a_core_second, y.a_core_second, "")
        table.add_row(f"{people} at once: not answered", str(x.failed), str(y.failed), "")
    row("a turn early in a talk", a.early, b.early, "ms")
    row(f"a turn at {LONG}", a.late, b.late, "ms")
    row(f"turn {LONG} to an early turn", a.late / a.early, b.late / b.early, "times", 2)
    table.add_section()
    cores = psutil.cpu_count()
    for place, each in enumerate((f"on {cores} cores that also run the load", f"{SHARE} of a core each")):
        one, two = (figures[place] for figures in fleets)
        if one is None or two is None:
            continue
        for name, figures in (("one process", one), ("two processes", two)):
            table.add_row(f"{name}, {each}", f"{figures.a_second:.1f} turns/s", "", "")
        table.add_row(f"two to one, {each}", f"{two.a_second / one.a_second:.2f} times", "", "")
    return table


def draw(a: Measured, b: Measured) -> None:
    """Draw the figures as bars, ours beside stock's."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    charts = [
        ("start to ready, s", a.ready, b.ready),
        ("memory, MB", a.memory, b.memory),
        ("install, MB", a.size, b.size),
        ("median turn at 8, ms", a.crowds[8].median, b.crowds[8].median),
        ("turns a second a core", a.crowds[8].a_core_second, b.crowds[8].a_core_second),
        (f"turn {LONG}, ms", a.late, b.late),
    ]
    figure, axes = pyplot.subplots(2, 3, figsize=(10, 5.5))
    for axis, (title, x, y) in zip(axes.flat, charts):
        bars = axis.bar(["ours", "stock Rasa"], [x, y], color=["#1f6f78", "#b8b8b8"])
        axis.bar_label(bars, fmt="%.0f")
        axis.set_title(title, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_yticks([])
    figure.tight_layout()
    figure.savefig(PICTURE, dpi=110)


def main() -> int:
    """Measure, print, keep and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs")
    quick = parser.parse_args().quick
    seconds = QUICK_SECONDS if quick else SECONDS
    model = stock.trained()
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        first = measure("ours", ours(folder), seconds, False)
        second = measure("stock Rasa", stocks(folder, model), seconds, True)
        databases = Postgres(), Redis()
        held.callback(databases[0].close)
        held.callback(databases[1].stop)
        # With a share of a core a short run is too few turns to compare.
        fleets = [fleet(number, SECONDS, databases) for number in (1, 2)]
    first.size, second.size = installed(["--no-dev"]), installed(["--only-group", "stock"])
    table = report(first, second, fleets, seconds)
    printer = Console(width=110, record=True)
    printer.print(table)
    keep(
        "make bench",
        f"load of the machine beside us, a minute before: {os.getloadavg()[0]:.1f}\n{printer.export_text()}",
    )
    draw(first, second)
    return 0


if __name__ == "__main__":
    sys.exit(main())
