"""The page to bring along, on paper: as a printable web page and as PDF."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

Section = Mapping[str, Any]
"""A title and its lines, as the summary card has them."""

TITLE = "My feet and my back"
MADE_BY = "Made with Sole & Spine, a program that gives general health information. It is not a diagnosis."
PDF_NAME = "my-feet-and-my-back.pdf"
# In points, the largest that leaves everything on one page is taken.
SIZES = (11.0, 10.0, 9.0, 8.0, 7.0)
MARGIN = 18.0
BULLET = 4.0
# The characters that a font lacks are the person's own: no log may hold them.
logging.getLogger("fpdf").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


def page_html(sections: Iterable[Section]) -> str:
    """Return the printable page; everything a person typed is escaped."""
    body = "".join(
        f"<section><h2>{escape(s['title'])}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in s['lines'])}</ul></section>"
        for s in sections
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="style.css"><link rel="stylesheet" href="cards.css"></head><body class="page"><main>'
        f"<h1>{TITLE}</h1><p>{escape(MADE_BY)}</p>{body}"
        f'<p><a href="summary.pdf" download="{PDF_NAME}">Save as PDF</a></p></main></body></html>'
    )


def page_pdf(sections: Iterable[Section], day: date) -> bytes:
    """Return the page as PDF, on one sheet of A4; `day` is when it was told."""
    sections = list(sections)
    pages = (_drawn(sections, day, size) for size in SIZES)
    page = next((page for page in pages if page.pages_count == 1), None) or _drawn(sections, day, SIZES[-1])
    return bytes(page.output())


def _drawn(sections: list[Section], day: date, size: float) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_lang("en")
    pdf.set_title(TITLE)
    pdf.set_producer("Sole & Spine")
    pdf.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        pdf.add_font("DejaVu", style, _fonts() / name)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    pdf.add_page()
    _write(pdf, TITLE, size + 6, "B")
    _write(pdf, f"{day.day} {day:%B %Y}. {MADE_BY}", size - 1)
    for section in sections:
        pdf.ln(size * 0.2)
        _write(pdf, section["title"], size + 1, "B")
        for line in section["lines"]:
            pdf.set_font("DejaVu", "", size)
            pdf.cell(BULLET, size * 0.47, "•")
            _write(pdf, line, size)
    return pdf


def _write(pdf: FPDF, text: str, size: float, style: str = "") -> None:
    pdf.set_font("DejaVu", style, size)
    pdf.multi_cell(0, size * 0.47, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fonts() -> Path:
    """Return the folder of DejaVu, which has the letters of most languages; matplotlib brings it along."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise FileNotFoundError("matplotlib, whose fonts the PDF uses, is not installed. Run: make setup")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
