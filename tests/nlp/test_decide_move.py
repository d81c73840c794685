"""What was told and asked decides where the words alone do not."""

import pytest

from bot.knowledge.concepts import Finding
from bot.nlp.moves import Move
from bot.nlp.understanding import decide_move

HEEL = Finding("foot_site.heel")


@pytest.mark.parametrize(
    ("said", "heard", "told", "asked", "meant"),
    [
        ("no illnesses, I take nothing", "tell", [], "cauda_equina", "deny"),
        ("yes whenever I climb the stairs", "tell", [], "timing", "affirm"),
        ("no, it is the heel that hurts", "tell", [HEEL], "timing", "tell"),
        ("no but what about those insoles then", "ask", [], "timing", "ask"),
        ("no please stop asking me all this", "stop", [], "timing", "stop"),
    ],
)
def test_a_reply_that_opens_with_yes_or_no_and_tells_nothing_else_is_one(
    said: str, heard: str, told: list[Finding], asked: str | None, meant: str
):
    assert decide_move(Move(heard, None, 0.5), said, told, asked).name == meant
