"""What was told and asked decides where the words alone do not."""

import pytest

from bot.knowledge.concepts import Finding
from bot.nlp.moves import Move
from bot.nlp.understanding import decide_move


@pytest.mark.parametrize(
    "said",
    [
        "no illnesses, I take nothing",
        "none of that thank goodness, all in working order",
        "nope, nothing like that so far in my life",
        "No tablets and no conditions that I would know of",
    ],
)
def test_a_long_reply_that_denies_all_that_was_asked_is_a_no(said: str):
    assert decide_move(Move("tell", None, 0.5), said, [], "cauda_equina").name == "deny"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("no feeling between my legs since this morning", "tell"),
        ("no control over my bladder since last night", "tell"),
        ("no change there I still cannot pee", "tell"),
        ("none of that but I wet myself twice last night", "tell"),
        ("right now I feel nothing down there", "tell"),
        ("no please delete everything I told you", "delete_my_data"),
        ("no wait I meant the other one", "correction"),
        ("ok why do you want to know that", "why_asking"),
    ],
)
def test_a_long_reply_that_only_opens_like_a_no_or_a_yes_stays_what_it_was_heard_as(said: str, heard: str):
    assert decide_move(Move(heard, None, 0.5), said, [], "cauda_equina").name == heard


def test_a_reply_that_tells_a_sign_is_no_plain_no():
    told = [Finding("sign.bladder_change")]

    assert decide_move(Move("tell", None, 0.5), "none of that, a leak", told, "cauda_equina").name == "tell"


@pytest.mark.parametrize(
    ("said", "odds", "wanted"),
    [
        ("Let's start over, my right arch hurts", 0.38, "start_over"),
        ("ok, please begin again: both heels", 0.2, "start_over"),
        ("Let's start over, my right arch hurts", 0.02, "tell"),
        ("The pain started over again on Monday", 0.38, "tell"),
        ("I start again at work on Monday and my heel hurts", 0.38, "tell"),
    ],
)
def test_who_begins_with_start_over_wants_it_though_a_story_follows(said: str, odds: float, wanted: str):
    move = Move("tell", None, 0.6, (("tell", 0.6), ("start_over", odds)))

    assert decide_move(move, said, [Finding("foot_site.heel")], None).name == wanted


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ("how can i delete my data, is that possible?", ("ask", "privacy_data")),
        ("so how would I get rid of everything you saved", ("ask", "privacy_data")),
        ("can you delete my data please", ("delete_my_data", None)),
    ],
)
def test_who_asks_how_data_are_deleted_loses_none(said: str, does: tuple[str, str | None]):
    move = decide_move(Move("delete_my_data", None, 0.9), said, [], None)

    assert (move.name, move.topic) == does
