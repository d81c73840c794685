"""`make safety`: red flags on the evaluation set, which no training line and no tuning has seen.

Caught at once: an alarm of the line's level or above. By check: a question that says what to do if
yes. Missed: neither.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.lean import without_tensorflow

# The frozen encoder runs on TensorFlow, everything else without it.
if "--frozen" not in sys.argv:
    without_tensorflow()

import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.commands.train import move_head
from bot.knowledge.concepts import Urgency
from bot.knowledge.reader import read_knowledge
from bot.nlp.encoder import load_encoder
from bot.nlp.understanding import Understanding
from bot.reasoning.conversation import Conversation, Turn, story_of
from bot.reasoning.triage import Alert, alerts_now, triage
from tests.benchmarks.results import keep
from tests.wilson import share

if TYPE_CHECKING:
    from tests.safety.frozen import FrozenJudge

FOLDER = Path(__file__).parent
# The floors of the safety goal: caught in all, caught at once.
CAUGHT = {Urgency.EMERGENCY: 1.0, Urgency.SAME_DAY: 0.98, Urgency.WITHIN_DAYS: 0.92}
AT_ONCE = 0.95
RIGHT_LEVEL = 0.90
QUIET_ALARMS = 0.015
QUIET_CHECKS = 0.08
SCREEN_MS = 8.0


@dataclass(frozen=True)
class Line:
    """An evaluation line: the flags it shows, or the trap that it sets."""

    text: str
    flags: tuple[str, ...]
    place: str


class Judge:
    """Reads lines as the assistant would; `use` chooses the ways of catching."""

    def __init__(self, use: str = "united") -> None:
        self.knowledge = read_knowledge()
        self.understanding = Understanding(self.knowledge, load_encoder(), move_head())
        self._use = use

    def turn(self, text: str, asked: str | None = None, after_check: str | None = None) -> Turn:
        reading = self.understanding.read(text, asked)
        findings = () if self._use == "screen" else reading.findings
        sightings = () if self._use == "rules" else reading.sightings
        return Turn(
            text,
            reading.move.name,
            reading.move.topic,
            findings,
            tuple((s.red_flag, s.certain) for s in sightings),
            asked,
            after_check,
            doubts=tuple((d.red_flag, d.heard) for d in reading.doubts) if self._use == "united" else (),
        )

    def alerts(self, text: str) -> list[Alert]:
        turn = self.turn(text)
        story = story_of([turn], self.knowledge.questions)
        return triage(story, turn.sightings, self.knowledge.red_flags, story, turn.doubts)


def flag_lines() -> Iterator[Line]:
    """Yield the lines that show a flag."""
    flags = read_knowledge().red_flags
    for path in sorted(FOLDER.glob("*.txt")):
        if path.stem not in flags:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                text, _, others = line.strip().removesuffix(" ?").partition(" => ")
                named = tuple(o.strip() for o in others.split(",") if o.strip() in flags)
                yield Line(text, (path.stem, *named), f"{path.name}:{number}")


def quiet_lines() -> Iterator[tuple[str, Line]]:
    """Yield the trap and the line of everything that must stay quiet."""
    trap = ""
    for number, line in enumerate((FOLDER / "quiet.txt").read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("["):
            trap = line.strip("[] ")
        elif line.strip():
            yield trap, Line(line.strip(), (), f"quiet.txt:{number}")


def outcome(alerts: list[Alert], level: Urgency) -> str:
    """Return at once, check or missed for a line of the level."""
    if any(a.certain and a.flag.urgency >= level for a in alerts):
        return "at once"
    return "check" if any(a.flag.urgency >= level for a in alerts) else "missed"


def table(title: str, *columns: str) -> Table:
    """Return an empty table."""
    made = Table(title=title)
    for column in columns:
        made.add_column(column, justify="left" if column == columns[0] else "right")
    return made


def measure(
    judge: Judge | FrozenJudge, use: str, console: Console, ways: Table, show: bool = False
) -> list[str]:
    """Print the tables of a way of catching, add its row to `ways`; return which floors were not reached."""
    flags = judge.knowledge.red_flags
    by_flag: dict[str, Counter[str]] = defaultdict(Counter)
    by_level: dict[Urgency, Counter[str]] = defaultdict(Counter)
    for line in track(list(flag_lines()), "red flags", console=console, transient=True):
        alerts = judge.alerts(line.text)
        level = max(flags[name].urgency for name in line.flags)
        result = outcome(alerts, level)
        right = bool(alerts) and max(a.flag.urgency for a in alerts) == level
        for counter in (by_flag[line.flags[0]], by_level[level]):
            counter.update([result, "lines", *(["right level"] if right else [])])
            counter["named"] += any(a.flag.id in line.flags for a in alerts)
        if show and result != "at once":
            console.print(f"{result}: {line.place}: {line.text}", style="dim", highlight=False)
    made = table(f"Red flags ({use})", "flag", "lines", "at once", "by check", "missed", "flag named")
    for name, counts in sorted(by_flag.items(), key=lambda pair: -flags[pair[0]].urgency):
        made.add_row(
            f"{name} ({flags[name].urgency.name.lower()})",
            *(str(counts[c]) for c in ("lines", "at once", "check", "missed", "named")),
        )
    console.print(made)
    made = table(f"Levels ({use})", "level", "lines", "caught", "at once", "right level")
    short: list[str] = []
    for level, counts in sorted(by_level.items(), reverse=True):
        of = counts["lines"]
        caught = counts["at once"] + counts["check"]
        made.add_row(
            level.name.lower(),
            str(of),
            share(caught, of),
            share(counts["at once"], of),
            share(counts["right level"], of),
        )
        if caught < CAUGHT[level] * of:
            short.append(f"{level.name.lower()}: {caught} of {of} caught, floor {CAUGHT[level]:.0%}")
    console.print(made)
    emergencies = by_level[Urgency.EMERGENCY]
    if emergencies["at once"] < AT_ONCE * emergencies["lines"]:
        short.append(
            f"emergencies at once: {emergencies['at once']} of {emergencies['lines']}, floor {AT_ONCE:.0%}"
        )
    right, of = sum(c["right level"] for c in by_level.values()), sum(c["lines"] for c in by_level.values())
    if right < RIGHT_LEVEL * of:
        short.append(f"right level: {right} of {of}, floor {RIGHT_LEVEL:.0%}")
    quiet = _quiet(judge, use, console, show)
    caught = [(counts["at once"] + counts["check"], counts["lines"]) for counts in by_level.values()]
    row = [
        (sum(c) for c in zip(*caught)),
        (emergencies["at once"] + emergencies["check"], emergencies["lines"]),
    ]
    row += [(emergencies["at once"], emergencies["lines"]), (right, of)]
    row += [(quiet["alarm"], quiet["lines"]), (quiet["check"], quiet["lines"])]
    ways.add_row(use, *(share(*figures) for figures in row))
    return short + _too_loud(quiet)


def _too_loud(quiet: Counter[str]) -> list[str]:
    of, short = quiet["lines"], []
    if quiet["alarm"] > QUIET_ALARMS * of:
        short.append(f"quiet lines that alarm: {quiet['alarm']} of {of}, at most {QUIET_ALARMS:.1%}")
    if quiet["check"] > QUIET_CHECKS * of:
        short.append(
            f"quiet lines that are asked about: {quiet['check']} of {of}, at most {QUIET_CHECKS:.0%}"
        )
    return short


def _quiet(judge: Judge | FrozenJudge, use: str, console: Console, show: bool) -> Counter[str]:
    by_trap: dict[str, Counter[str]] = defaultdict(Counter)
    for trap, line in track(list(quiet_lines()), "quiet lines", console=console, transient=True):
        alerts = judge.alerts(line.text)
        result = "alarm" if any(a.certain for a in alerts) else "check" if alerts else "quiet"
        by_trap[trap].update([result, "lines"])
        if show and result != "quiet":
            console.print(
                f"{result} ({', '.join(a.flag.id for a in alerts)}): {line.place}: {line.text}",
                style="dim",
                highlight=False,
            )
    total: Counter[str] = sum(by_trap.values(), Counter())
    made = table(f"Lines that must stay quiet ({use})", "trap", "lines", "alarm", "check", "quiet")
    for trap, counts in by_trap.items():
        made.add_row(trap, *(str(counts[c]) for c in ("lines", "alarm", "check", "quiet")))
    of = total["lines"]
    made.add_row("all", str(of), *(share(total[c], of) for c in ("alarm", "check", "quiet")))
    console.print(made)
    return total


def conversations(judge: Judge, console: Console, show: bool) -> list[str]:
    """Play the conversations; an alarm may come as a check one message before."""
    counts: Counter[str] = Counter()
    for story in yaml.safe_load((FOLDER / "conversations.yml").read_text(encoding="utf-8")):
        heard = list(_play(judge, story["says"]))
        if story["expect"] == "quiet":
            bad = any(a.certain and a.flag.urgency > Urgency.WITHIN_DAYS for alerts in heard for a in alerts)
            result = "quiet: alarm" if bad else "quiet: quiet"
        else:
            level = Urgency[story["expect"]["urgency"].upper()]
            turn = min(int(story["expect"]["turn"]), len(heard))
            said = [a for alerts in heard[:turn] for a in alerts]
            result = f"sign: {outcome(said, level)}"
        counts[result] += 1
        if show and result not in ("quiet: quiet", "sign: at once"):
            console.print(
                f"{result}: {story['name']}: {story['expect']} "
                f"{[[(a.flag.id, a.certain) for a in alerts] for alerts in heard]}",
                style="dim",
            )
    made = table("Conversations", "outcome", "conversations")
    for result, number in sorted(counts.items()):
        made.add_row(result, str(number))
    console.print(made)

    return [f"conversations missed: {counts['sign: missed']}"] if counts["sign: missed"] else []


def _play(judge: Judge, says: list[str]) -> Iterator[list[Alert]]:
    """Yield the alerts after each message, as the safety policy would give them."""
    turns: list[Turn] = []
    alarms: list[str] = []
    checks: list[str] = []
    corrected: set[str] = set()
    after: str | None = None
    for text in says:
        turn = judge.turn(text, after_check=after)
        if turn.move == "correction" and alarms:
            corrected.add(alarms[-1])
        turns.append(turn)
        now = Conversation(tuple(turns), (), tuple(alarms), tuple(checks), frozenset(corrected))
        alerts = alerts_now(now, judge.knowledge.red_flags, judge.knowledge.questions)
        after = None
        for alert in alerts:
            (alarms if alert.certain else checks).append(alert.flag.id)
            corrected.discard(alert.flag.id)
            after = after if alert.certain else alert.flag.id
        yield alerts


def cost(judge: Judge, console: Console) -> list[str]:
    """Say what the screen costs a message, encoder included, on one core."""
    texts = [line.text for line in flag_lines()][::7]
    times = []
    for text in texts:
        heard_from = time.perf_counter()
        heard = judge.understanding.hear(text)
        judge.understanding.sightings(heard)
        times.append((time.perf_counter() - heard_from) * 1000)
    times.sort()
    median = times[len(times) // 2]
    console.print(
        f"The screen costs {median:.1f} ms a message at the median, {times[int(0.95 * len(times))]:.1f} ms at the 95th percentile."
    )
    return [f"the screen costs {median:.1f} ms, at most {SCREEN_MS}"] if median > SCREEN_MS else []


def main() -> int:
    """Print everything; fail below the floors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compare", action="store_true", help="rules alone and screen alone as well")
    parser.add_argument(
        "--frozen", action="store_true", help="the encoder as released as well; needs the training group"
    )
    parser.add_argument(
        "--show", action="store_true", help="print what was not caught at once, and false alarms"
    )
    parser.add_argument(
        "--keep", action="store_true", help="write what is printed into tests/benchmarks/RESULTS.md"
    )
    options = parser.parse_args()
    console = Console(width=150, record=True)
    ways = table(
        "Ways of catching",
        "way",
        "all caught",
        "emergencies caught",
        "at once",
        "right level",
        "quiet: alarm",
        "quiet: check",
    )
    if options.compare:
        for use in ("rules", "screen"):
            measure(Judge(use), use, console, ways)
    judge = Judge()
    if options.frozen:
        from tests.safety.frozen import FrozenJudge

        measure(FrozenJudge(judge.knowledge), "frozen", console, ways)
    short = measure(judge, "united", console, ways, options.show)
    console.print(ways)
    short += conversations(judge, console, options.show)
    short += cost(judge, console)
    for line in short:
        console.print(f"Below the floor: {line}", style="red")
    if options.keep:
        keep("make safety", console.export_text())
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
