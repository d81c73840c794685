"""The foot map where there is no widget: a picture, numbered sites, and a button for each."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bot.channels.footpicture import PICTURES, SITES
from bot.channels.turns import Line

_NUMBER = re.compile(r"^\s*#?(\d{1,2})[.)]?\s*$")


def picture_of(line: Line) -> bytes | None:
    """Return the PNG that goes above a foot map; none where its numbers would not be the map's."""
    if line.get("card") != "foot_map" or tuple(line.get("sites") or ()) != SITES:
        return None
    return _picture(line["side"] if line.get("side") in ("left", "right") else "both")


@cache
def _picture(side: str) -> bytes:
    return (PICTURES / f"{side}.png").read_bytes()


def numbered(line: Line) -> Line:
    """Return a foot map with numbers before its sites; every other reply as it is."""
    if line.get("card") != "foot_map":
        return line
    titles = [f"{number}. {button['title']}" for number, button in enumerate(line["buttons"], 1)]
    buttons = [{**button, "title": title} for button, title in zip(line["buttons"], titles)]
    return {**line, "text": "\n".join([line["text"], "", *titles]), "buttons": buttons}


def payload_of_number(text: Any, tracker: Any) -> str | None:
    """Return the payload of the site that a typed number means, while the foot map stands open."""
    match = _NUMBER.match(text) if isinstance(text, str) else None
    last = _last_reply(tracker) if match and tracker else {}
    if not match or last.get("card") != "foot_map" or tracker.get_slot("asked") != last.get("id"):
        return None
    options = last.get("options") or []
    number = int(match[1])
    return str(options[number - 1]["value"]) if 0 < number <= len(options) else None


def _last_reply(tracker: Any) -> dict[str, Any]:
    replies = (event for event in reversed(tracker.events) if event.type_name == "bot")
    return ((getattr(next(replies, None), "data", None) or {}).get("custom")) or {}
