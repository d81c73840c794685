"""python -m bot feet: draw the pictures of the feet for Slack and Telegram anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.channels.footpicture import FEET, PICTURES, svg_of

ZOOM = 2.5


def main(arguments: list[str]) -> int:
    """Draw the left foot, the right foot and both, from the widget's drawing."""
    argparse.ArgumentParser(prog="python -m bot feet", description=__doc__).parse_args(arguments)
    try:
        drawn = {side: png_of(side) for side in FEET}
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing. It comes with the development tools: make setup", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    for side, png in drawn.items():
        (PICTURES / f"{side}.png").write_bytes(png)
        print(f"{side}.png: {len(png) / 1000:.0f} kB")
    return 0


def png_of(side: str) -> bytes:
    """Return the picture of a side; the letters come from a font that the project brings along."""
    import matplotlib
    from resvg_py import svg_to_bytes

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    letters = [str(fonts / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    return bytes(svg_to_bytes(svg_string=svg_of(side), zoom=ZOOM, skip_system_fonts=True, font_files=letters))
