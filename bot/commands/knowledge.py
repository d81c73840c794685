"""python -m bot knowledge check|load|show|review: what the assistant knows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from bot.knowledge.concepts import Knowledge, Statement
from bot.knowledge.reader import CONTENT, read_knowledge, statements_of
from bot.knowledge.store import KnowledgeStore, NoKnowledge
from bot.knowledge.yaml_lines import ContentError
from bot.settings import Settings


def main(arguments: list[str]) -> int:
    """Check the content files, load them into the database, or print what it holds."""
    parser = argparse.ArgumentParser(prog="python -m bot knowledge", description=__doc__)
    parser.add_argument("what", choices=list(COMMANDS))
    parser.add_argument("id", nargs="?", help="with show: a mechanism, topic or red flag")
    options = parser.parse_args(arguments)
    try:
        return COMMANDS[options.what](options.id)
    except (ContentError, NoKnowledge) as error:
        print(error, file=sys.stderr)
        return 1


def check(_: str | None = None) -> int:
    """Read the content files and say what is in them."""
    knowledge = read_knowledge()
    told = sum(1 for _ in statements_of(knowledge))
    print(
        f"{CONTENT.name}: {len(knowledge.mechanisms)} mechanisms, {len(knowledge.topics)} topics, "
        f"{len(knowledge.red_flags)} red flags, {told} statements, {len(knowledge.sources)} sources. "
        "Nothing is wrong."
    )
    return 0


def load(_: str | None = None) -> int:
    """Bring the tables up to date and put the content into them."""
    knowledge = read_knowledge()
    store = KnowledgeStore(Settings.from_environment().database_url)
    store.migrate()
    fresh = store.load(knowledge)
    print("The knowledge is loaded." if fresh else "The knowledge was there already.")
    return 0


def show(name: str | None) -> int:
    """Print what the tables say of a mechanism, topic or red flag; without a name, the list."""
    knowledge = KnowledgeStore(Settings.from_environment().database_url).read()
    if name is None:
        for kind, entries in _shown(knowledge).items():
            print(f"{kind}: {', '.join(entries)}")
        return 0
    entry = next((entries[name] for entries in _shown(knowledge).values() if name in entries), None)
    if entry is None:
        print(f"'{name}' is not known. Without a name, show lists all.", file=sys.stderr)
        return 1
    print(f"{getattr(entry, 'name', None) or getattr(entry, 'title', name)}")
    for _, subject, statement in statements_of(knowledge):
        if subject == name:
            print(_line(statement, knowledge))
    return 0


def _shown(knowledge: Knowledge) -> dict[str, dict[str, object]]:
    return {
        "mechanisms": dict(knowledge.mechanisms),
        "other explanations": dict(knowledge.other_explanations),
        "topics": dict(knowledge.topics),
        "red flags": dict(knowledge.red_flags),
    }


def _line(statement: Statement, knowledge: Knowledge) -> str:
    cited = "; ".join(
        f"{knowledge.sources[s].organisation}, {knowledge.sources[s].title}" for s in statement.sources
    )
    return f"- {statement.say} [{statement.certainty.value}] ({cited})"


def review(_: str | None = None) -> int:
    """Print every safety statement with its source, for a clinician to sign."""
    print("\n".join(_review(read_knowledge())))
    return 0


def _review(knowledge: Knowledge) -> Iterator[str]:
    yield "# Safety statements of Sole & Spine, for review"
    yield "No clinician has reviewed this yet. Edition: " + knowledge.digest[:12]
    for flag in knowledge.red_flags.values():
        yield f"\n## {flag.name} ({flag.id}, {flag.urgency.name.lower()})"
        yield _line(flag.means, knowledge)
        yield from (f"  {number}. {step}" for number, step in enumerate(flag.do, 1))
        yield f"  Asked when unclear: {flag.check}"
        for source in flag.sources:
            s = knowledge.sources[source]
            yield f"  Source ({s.checked}): {s.organisation}, {s.title}, {s.url}"
        if flag.note:
            yield f"  Note: {flag.note}"
    yield "\nReviewed by: ____________________  Profession: ____________________  Date: __________"


COMMANDS: dict[str, Callable[[str | None], int]] = {
    "check": check,
    "load": load,
    "show": show,
    "review": review,
}
