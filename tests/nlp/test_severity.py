"""How bad it is, read from numbers of ten and from nothing else."""

import pytest

from bot.nlp.severity import read_severity


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("about a 7 out of 10", "7"),
        ("6 or 7 out of 10 by teatime", "6 to 7"),
        ("i'd say 8/10", "8"),
        ("it is an eight on a scale of ten", "8"),
        ("six out of ten, ten out of ten when i stand up", "10"),
        ("4-5/10 at rest, 7.5 out of 10 on stairs", "7.5"),
        ("zero out of ten today", "0"),
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
        "one out of ten people has it, i read",
        "it hurts 9 out of 10 times i run",
        "for 7 or 8 weeks",
        "size 10 shoes",
        "110/70 at the doctor's",
        "17 out of 20",
    ],
)
def test_other_numbers_are_left_alone(said: str):
    assert read_severity(said) is None
