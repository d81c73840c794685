"""The page to bring along, on paper: one sheet, every word on it, whatever a person typed."""

from __future__ import annotations

import io
import logging
from datetime import date

import pytest
from pypdf import PdfReader

from bot.channels.page import page_html, page_pdf
from bot.reasoning.cards import summary_card
from bot.reasoning.summary import summary
from tests.told import conversation, turn

DAY = date(2026, 3, 9)
SHORT = [{"title": "In your own words", "lines": ["my heel hurts"]}]


def words(pdf: bytes) -> str:
    """Return a PDF's text as it is read, spaces and line ends as one."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\xa0", " ").split())


def sections_of(lines: list[str]) -> list[dict]:
    return [{"title": "In your own words", "lines": lines}]


@pytest.fixture
def rich(knowledge) -> list[dict]:
    """The page of somebody who told a great deal."""
    told = turn(
        "foot_site.heel", "side.left", "sensation.tingling", "sensation.numbness", "back_pain.current",
        "radiates_down_leg.yes", "back_condition.herniated_disc", "load.standing_job", "footwear.worn_out",
        "no gait.limping", "no risk.diabetes", "duration.months", "onset_order.back_first",
        text="my heel and my back are killing me since the move " * 12,
        severity="7 to 10",
    )  # fmt: skip
    talk = conversation(told, alarms=("stable_numbness",), checks=("cauda_equina",))
    return summary_card(summary(talk, knowledge), "")["custom"]["sections"]


def test_everything_on_the_page_is_on_one_sheet(rich):
    pdf = page_pdf(rich, DAY)

    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    for section in rich:
        assert section["title"] in words(pdf)
        assert all(" ".join(line.split()) in words(pdf) for line in section["lines"])


def test_the_sheet_says_the_day_and_that_it_is_no_diagnosis():
    assert "9 March 2026" in words(page_pdf(SHORT, DAY))
    assert "It is not a diagnosis." in words(page_pdf(SHORT, DAY))


def test_the_same_page_is_the_same_file(rich):
    assert page_pdf(rich, DAY) == page_pdf(rich, DAY)


@pytest.mark.parametrize(
    "typed",
    [
        "Füße, nogi, πόδι, ноги",
        "ochtend–pijn … ½ “so”",
        "a **bold** __claim__ [here](x)",
        "100 % of (my) \\ feet /JS",
    ],
)
def test_letters_and_signs_of_any_kind_stay_as_typed(typed: str):
    assert typed in words(page_pdf(sections_of([typed]), DAY))


@pytest.mark.parametrize(
    "typed", ["🦶🦶 hurts", "足が痛い", "\x00\x1b[31m", "", "x" * 3000, "‮txet", "a\n\nb"]
)
def test_what_the_font_lacks_does_no_harm_and_is_not_logged(typed: str, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        pdf = page_pdf(sections_of([typed, "my heel hurts"]), DAY)

    assert "my heel hurts" in words(pdf)
    assert caplog.text == ""


def test_a_page_that_is_far_too_long_goes_on_on_a_second_sheet():
    pdf = page_pdf(sections_of(["my heel hurts " * 10] * 200), DAY)

    assert len(PdfReader(io.BytesIO(pdf)).pages) > 1


def test_a_printed_page_shows_what_was_typed_and_runs_none_of_it():
    page = page_html(sections_of(["<script>alert(1)</script> & my heel"]))

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; my heel" in page
