"""The picture of the feet in Slack and Telegram is the widget's drawing, and its numbers are the question's."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from resvg_py import svg_to_bytes

from bot.channels.footpicture import FEET, PICTURES, SITES, VIEWS, drawing, oval, spots, svg_of
from bot.channels.footsites import picture_of
from bot.channels.turns import Line, line_of
from bot.commands.feet import png_of
from bot.knowledge.concepts import Knowledge
from bot.reasoning import cards

DRAW_AGAIN = "Draw it again with: make feet"


def foot_map(knowledge: Knowledge, side: str = "unknown") -> Line:
    asked = knowledge.questions["foot_site"]
    reply = cards.question(asked, asked.ask, side)
    return line_of(reply["text"], reply["buttons"], reply["custom"])


@pytest.mark.parametrize("side", FEET)
def test_the_picture_shows_the_drawing_of_the_widget(side: str):
    kept = (PICTURES / f"{side}.png").read_bytes()

    assert kept == png_of(side), f"{side}.png is not what the widget shows any more. {DRAW_AGAIN}"


@pytest.mark.parametrize("side", FEET)
def test_every_outline_of_the_widget_is_in_the_picture(side: str):
    drawn, picture = drawing(), svg_of(side)

    paths = [*drawn["body"].values(), drawn["bones"]]
    paths += [zone["d"] for zones in drawn["zones"].values() for zone in zones]
    assert [path for path in paths if f'd="{path}"' not in picture] == []
    assert picture.count('class="outline"') == len(FEET[side]) * 2 * (len(drawn["toes"]) + 1)


def test_the_numbers_are_those_of_the_questions_choices(knowledge: Knowledge):
    assert tuple(foot_map(knowledge)["sites"]) == SITES, f"Bring SITES into this order. {DRAW_AGAIN}"


def test_every_site_has_its_number_in_the_picture():
    numbers = set(re.findall(r'class="number">(\d+)<', svg_of("left")))
    numbers |= set(re.findall(r">(\d+) = the whole foot<", svg_of("left")))

    assert numbers == {str(n) for n in range(1, len(SITES) + 1)}


@pytest.mark.parametrize("view", VIEWS)
def test_every_number_stands_in_its_own_zone(view: str):
    drawn = drawing()

    for site, (x, y) in spots(drawn, view).items():
        zones = [f'<path d="{zone["d"]}"/>' for zone in drawn["zones"][view] if zone["site"] == site]
        zones += [oval(toe["at"], "zone") for toe in drawn["toes"] if toe["site"] == site]
        alone = f'<svg xmlns="http://www.w3.org/2000/svg" width="116" height="262">{"".join(zones)}</svg>'
        shown = Image.open(BytesIO(bytes(svg_to_bytes(svg_string=alone))))
        assert shown.getpixel((round(x), round(y)))[3] == 255, f"{site} in the view {VIEWS[view]}"


@pytest.mark.parametrize(
    ("side", "shown"), [("left", "left"), ("right", "right"), ("both", "both"), ("unknown", "both")]
)
def test_the_picture_shows_the_foot_that_was_spoken_of(knowledge: Knowledge, side: str, shown: str):
    assert picture_of(foot_map(knowledge, side)) == (PICTURES / f"{shown}.png").read_bytes()


def test_without_the_right_numbers_there_is_no_picture(knowledge: Knowledge):
    line = foot_map(knowledge)

    assert picture_of({**line, "sites": line["sites"][::-1]}) is None
    assert picture_of(line_of("hello")) is None
