"""The picture of the feet for Slack and Telegram: the widget's own drawing, a number on each site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDGET_DRAWING = Path(__file__).parent / "widget" / "feet.js"
PICTURES = Path(__file__).parent / "feet"
# The order is that of the question's options: a number means the same in the picture and in the text.
SITES = (
    *("heel", "arch", "ball", "toes", "big_toe", "little_toe", "top", "sole"),
    *("outer_edge", "inner_edge", "ankle", "whole_foot"),
)
# Where the number of a zone stands on a foot drawn with the big toe on the left.
SPOTS: dict[str, dict[str, tuple[float, float]]] = {
    "sole": {
        "heel": (58, 211),
        "arch": (45.5, 150),
        "ball": (57, 92),
        "sole": (65.5, 150),
        "outer_edge": (84, 150),
    },
    "top": {"top": (60, 122), "outer_edge": (86, 120), "inner_edge": (29, 104), "ankle": (59, 206)},
}
# In the view from below the middle toes stand for all.
TOES = {"sole": ("toes",), "top": ("toes", "big_toe", "little_toe")}
VIEWS = {"sole": "from below", "top": "from above"}
FEET = {"left": ("left",), "right": ("right",), "both": ("left", "right")}
GAP, MARGIN, CAPTION = 10, 8, 46
STYLE = (
    "text{font-family:DejaVu Sans;font-size:10.5px;fill:#16302f;text-anchor:middle}"
    ".outline{fill:none;stroke:#16302f;stroke-width:4}.skin{fill:#f0e7da}"
    ".zone{fill:#f0e7da;stroke:#fffdf9;stroke-width:1.6}"
    ".nail{fill:#fffdf9;fill-opacity:.6;stroke:#16302f;stroke-width:.7}.bone{fill:none;stroke:#16302f}"
    ".spot{fill:#0b5a5c}.number{fill:#fff;font-weight:700;font-size:10px}"
)


def drawing() -> dict[str, Any]:
    """Return the outlines as the widget draws them."""
    found = re.search(
        r"^const DRAWING = (\{.*?^\});$", WIDGET_DRAWING.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    if not found:
        raise ValueError(f"{WIDGET_DRAWING}: there is no 'const DRAWING = {{...}};' with plain JSON in it.")
    drawn: dict[str, Any] = json.loads(found[1])
    return drawn


def svg_of(side: str) -> str:
    """Return the picture of the left foot, the right one, or both: from below and from above."""
    drawn = drawing()
    shown = [(view, foot) for view in VIEWS for foot in FEET[side]]
    step = drawn["width"] + GAP
    width, height = len(shown) * step - GAP + 2 * MARGIN, drawn["height"] + CAPTION
    clips = "".join(f'<clipPath id="{view}"><path d="{drawn["body"][view]}"/></clipPath>' for view in VIEWS)
    feet = "".join(
        f'<g transform="translate({MARGIN + n * step})">{"".join(_foot(drawn, view, foot))}</g>'
        for n, (view, foot) in enumerate(shown)
    )
    whole = f'<text x="{width / 2}" y="{height - 6}">{SITES.index("whole_foot") + 1} = the whole foot</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><style>{STYLE}</style><defs>{clips}</defs>'
        f'<rect width="{width}" height="{height}" fill="#fffdf9"/>{feet}{whole}</svg>'
    )


def _foot(drawn: dict[str, Any], view: str, foot: str) -> Iterator[str]:
    width = drawn["width"]
    # A right sole and a left foot from above have the big toe on the right.
    mirrored = (view == "top") == (foot == "left")
    yield f'<g transform="translate({width}) scale(-1 1)">' if mirrored else "<g>"
    toes, body = drawn["toes"], f'<path d="{drawn["body"][view]}" class="{{}}"/>'
    yield from (oval(toe["at"], "outline") for toe in toes)
    yield body.format("outline")
    yield from (oval(toe["at"], "skin") for toe in toes)
    if view == "top":
        yield from (oval(nail, "nail") for nail in drawn["nails"])
    yield body.format("skin")
    yield f'<g clip-path="url(#{view})">'
    yield from (f'<path d="{zone["d"]}" class="zone"/>' for zone in drawn["zones"][view])
    yield "</g>"
    if view == "top":
        yield f'<path d="{drawn["bones"]}" class="bone"/>'
    yield "</g>"
    for site, (x, y) in spots(drawn, view).items():
        yield from _number(SITES.index(site) + 1, width - x if mirrored else x, y)
    yield f'<text x="{width / 2}" y="{drawn["height"] + 14}">{foot.title()} foot, {VIEWS[view]}</text>'


def spots(drawn: dict[str, Any], view: str) -> dict[str, tuple[float, float]]:
    """Return where each number stands; on a toe it leaves the nail free."""
    ovals = {site: [toe["at"] for toe in drawn["toes"] if toe["site"] == site] for site in TOES[view]}
    middle = {site: all_of[len(all_of) // 2] for site, all_of in ovals.items()}
    return {**SPOTS[view], **{site: (x, y + high / 4) for site, (x, y, _, high, _) in middle.items()}}


def oval(at: list[float], kind: str) -> str:
    """Return a toe or a nail."""
    x, y, half_width, half_height, degrees = at
    return (
        f'<ellipse cx="{x}" cy="{y}" rx="{half_width}" ry="{half_height}" '
        f'transform="rotate({degrees} {x} {y})" class="{kind}"/>'
    )


def _number(number: int, x: float, y: float) -> Iterator[str]:
    yield f'<circle cx="{x}" cy="{y}" r="8" class="spot"/>'
    yield f'<text x="{x}" y="{y + 3.6}" class="number">{number}</text>'
