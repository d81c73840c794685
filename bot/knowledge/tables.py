"""The knowledge tables. What has structure for a query is a column; lists of ids are JSON."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *columns: Column) -> Table:
    """A table of entries by id, in the clinicians' order."""
    return Table(
        name,
        metadata,
        Column("id", String(80), primary_key=True),
        Column("position", Integer, nullable=False),
        *columns,
    )


def _text(name: str) -> Column:
    return Column(name, Text, nullable=False)


def _json(name: str) -> Column:
    return Column(name, JSON, nullable=False)


sources = _table(
    "sources",
    _text("title"),
    _text("organisation"),
    Column("year", Integer),
    _text("url"),
    Column("checked", String(20), nullable=False),
)
mechanisms = _table(
    "mechanisms", _text("name"), _text("in_short"), Column("certainty", String(20), nullable=False)
)
other_explanations = _table(
    "other_explanations",
    _text("name"),
    _text("in_short"),
    Column("certainty", String(20), nullable=False),
)
advice = _table(
    "advice",
    Column("target", String(20), nullable=False),
    _json("helps"),
    _json("not_when"),
    Column("caution", Text),
    Column("avoid", Boolean, nullable=False),
)
topics = _table("topics", _text("title"), _json("see_also"))
red_flags = _table(
    "red_flags",
    Column("urgency", String(20), nullable=False),
    _text("name"),
    _json("do"),
    Column("check_question", Text, nullable=False),
    _json("signs"),
    _json("unclear"),
    _json("sources"),
    _text("note"),
)
families = _table("families", _text("label"))
concepts = _table("concepts", _text("label"), _json("terms"))
questions = _table(
    "questions",
    _text("ask"),
    _text("again"),
    _text("simpler"),
    _text("why"),
    Column("card", String(20), nullable=False),
    _json("options"),
    _json("yes"),
    _json("no"),
)
regions = _table(
    "regions",
    _text("name"),
    _text("emergency_number"),
    _text("emergency_room"),
    _text("urgent_line"),
    _text("family_doctor"),
    _json("crisis"),
)
phrases = _table("phrases", _text("say"))
# What a referral holds beside its statements: specialists, first steps, what to bring and ask.
referral_items = _table("referral_items", Column("role", String(20), nullable=False), _json("entry"))

statements = Table(
    "statements",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("subject_kind", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("role", String(20), nullable=False),
    Column("certainty", String(20), nullable=False),
    _text("say"),
    # A condition's id and name; null for every other statement.
    Column("condition", String(80)),
    Column("condition_name", Text),
    Index("ix_statements_subject", "subject_kind", "subject"),
)
citations = Table(
    "citations",
    metadata,
    Column("statement_id", Integer, ForeignKey("statements.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("source_id", String(80), ForeignKey("sources.id"), nullable=False),
)
cues = Table(
    "cues",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("direction", String(10), nullable=False),
    Column("weight", Integer, nullable=False),
    _json("when"),
    _text("say"),
    _json("sources"),
)
editions = Table(
    "editions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("loaded_at", DateTime, nullable=False),
)
