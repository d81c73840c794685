"""What goes along with a reply where there is no widget: the picture of the feet, the page as PDF."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import date

from bot.channels.footsites import picture_of
from bot.channels.page import PDF_NAME, TITLE, page_pdf
from bot.channels.turns import Line

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """A file to show; `says` is what it shows, in words."""

    name: str
    kind: str
    says: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        return self.kind.startswith("image/")


async def file_of(line: Line) -> File | None:
    """Return the file that goes before a reply's words; the words say everything without it, too."""
    picture = picture_of(line)
    if picture:
        return File("feet.png", "image/png", "The feet, with numbered sites", picture)
    if line.get("card") != "summary":
        return None
    try:
        page = await asyncio.to_thread(page_pdf, line["sections"], date.today())
    except Exception as error:
        logger.error("The page could not be made as PDF: %s", type(error).__name__)
        return None
    return File(PDF_NAME, "application/pdf", TITLE, page)
