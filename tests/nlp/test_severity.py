"""How bad it is now, read from numbers of ten and from no others."""

import pytest

from bot.nlp.severity import read_severity


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("about a 7 out of 10", "7"),
        ("6 or 7 out of 10 by teatime", "6 to 7"),
        ("between 6 and 7 out of 10", "6 to 7"),
        ("i'd say 8/10", "8"),
        ("it is an eight on a scale of ten", "8"),
        ("on a scale of 1 to 10 i'd say 7", "7"),
        ("on a scale of ten it's a seven", "7"),
        ("six out of ten, ten out of ten when i stand up", "10"),
        ("4-5/10 at rest, 7.5 out of 10 on stairs", "7.5"),
        ("7,5/10 in the evening", "7.5"),
        ("zero out of ten today", "0"),
        ("used to be 9/10, now 2/10", "2"),
    ],
)
def test_a_number_of_ten_is_read(said: str, read: str):
    assert read_severity(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "",
        "my heel hurts a lot",
        "since 7/10/2019",
        "7 / 10 / 2019",
        "since 3/10 my foot hurts",
        "one out of ten people has it, i read",
        "it hurts 9 out of 10 times i run",
        "9 out of 10 mornings",
        "3 out of 10 toes",
        "it is not a 10 out of 10",
        "my mum had 9/10",
        "for 7 or 8 weeks",
        "size 10 shoes",
        "110/70 at the doctor's",
        "17 out of 20",
    ],
)
def test_other_numbers_are_left_alone(said: str):
    assert read_severity(said) is None
