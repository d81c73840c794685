"""python -m bot knowledge check|load|show|review: what the assistant knows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator

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
        yield from _sources(flag.sources, knowledge)
        if flag.note:
            yield f"  Note: {flag.note}"
    yield from _numbers(knowledge)
    yield from _cautions(knowledge)
    yield from _first_steps(knowledge)
    yield "\nReviewed by: ____________________  Profession: ____________________  Date: __________"


def _numbers(knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Numbers of care"
    yield "A line marked unverified is not shown to people. A line without a source names none in regions.yml."
    for region in knowledge.regions.values():
        yield f"{region.name}: emergency: {region.emergency_number}; urgent: {region.urgent_line}"
        for line in region.crisis:
            yield f"- {line.name}: {line.how} ({line.checked})"
            yield from _sources([line.source] if line.source else [], knowledge)


def _cautions(knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Cautions of the advice"
    yield "The sources are those of the advice that each caution belongs to."
    for advice in knowledge.advice.values():
        if advice.caution or advice.not_when:
            yield f"- {advice.id}: {advice.caution or '(no caution in words)'}"
            if advice.not_when:
                yield f"  Left out with: {', '.join(advice.not_when)}"
            yield from _sources(advice.statement.sources, knowledge)


def _first_steps(knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Whom to see first; the first that fits is used"
    for step in knowledge.referral.first_step:
        yield f"- {' and '.join(step.when) or 'otherwise'}: {step.say} ({step.start_with})"
    yield "  No step names a source of its own; the plan that they lead to has these:"
    yield from _sources(dict.fromkeys(s for told in knowledge.referral.plan for s in told.sources), knowledge)


def _sources(ids: Iterable[str], knowledge: Knowledge) -> Iterator[str]:
    for name in ids:
        s = knowledge.sources[name]
        yield f"  Source ({s.checked}): {s.organisation}, {s.title}, {s.url}"


COMMANDS: dict[str, Callable[[str | None], int]] = {
    "check": check,
    "load": load,
    "show": show,
    "review": review,
}
