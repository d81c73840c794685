"""Slack's own way of writing, in and out."""

from __future__ import annotations

import re

_IN_BRACKETS = re.compile(r"<([^<>]+)>")
_TITLE = re.compile(r"^((?:[-+] )?)([^:\n]{2,60}:)(?= |$)")


def words_of(text: str) -> str:
    """Return what a person wrote: links and channels by name, mentions of people left out."""
    plain = _IN_BRACKETS.sub(_named, text or "")
    for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(escaped, sign)
    return plain.strip()


def _named(match: re.Match[str]) -> str:
    inside, _, label = match[1].partition("|")
    if inside.startswith(("@", "!")):
        return ""
    return label or inside.removeprefix("mailto:").lstrip("#")


def escaped(text: str) -> str:
    """Return `text` so that Slack takes none of it for a link, a mention or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def styled(line: str) -> str:
    """Return an escaped line of a list or a title in Slack's markup; the words stay the same."""
    titled = _TITLE.sub(r"\1*\2*", line)
    return "•" + titled[1:] if titled.startswith("- ") else titled
