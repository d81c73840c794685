"""What is stored of a talk, and that it can be listed, exported, deleted and purged."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.__main__ import main
from bot.state.conversations import DAY, BadSender, Conversations
from tests.servers import fresh_database

ANNA, BEN = "web-anna0001", "web-ben00001"


def said(words: str, at: float | None = None) -> dict:
    return {"event": "user", "timestamp": at or time.time(), "text": words}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'var' / 'talks.db'}"
    return fresh_database(request.getfixturevalue("postgres_url"))


@pytest.fixture
def talks(url: str) -> Conversations:
    return Conversations(url)


def test_what_was_said_is_read_again_in_its_order(talks: Conversations):
    talks.append(ANNA, [said("my heel hurts", 5.0), said("since May", 3.0)])
    row = talks.append(ANNA, [said("the left one", 4.0)])

    last, events = talks.read(ANNA)

    assert [event["text"] for event in events] == ["my heel hurts", "since May", "the left one"]
    assert last == row == talks.last(ANNA)


def test_a_new_session_leaves_the_old_one_behind_and_export_shows_both(talks: Conversations):
    talks.append(ANNA, [said("I am pregnant"), {"event": "session_started", "timestamp": 9.0}, said("hello")])

    assert [e.get("text") for e in talks.read(ANNA)[1]] == [None, "hello"]
    assert len(talks.read(ANNA, whole=True)[1]) == 3


def test_one_persons_talk_is_not_anothers(talks: Conversations):
    talks.append(ANNA, [said("my heel hurts")])

    assert talks.read(BEN) == (0, [])
    assert talks.last(BEN) == 0


def test_deleting_a_talk_leaves_the_others(talks: Conversations):
    talks.append(ANNA, [said("my heel hurts"), said("a lot")])
    talks.append(BEN, [said("my toe hurts")])

    assert talks.delete(ANNA) == 2
    assert talks.read(ANNA) == (0, [])
    assert len(talks.read(BEN)[1]) == 1


def test_what_was_said_last_long_ago_is_purged(talks: Conversations):
    now = time.time()
    talks.append(ANNA, [said("long ago", now - 40 * DAY), said("and lately", now - DAY)])
    talks.append(BEN, [said("long ago", now - 31 * DAY)])

    assert talks.purge(30) == 1
    assert [talk.sender for talk in talks.talks()] == [ANNA]


def test_many_old_talks_are_purged_in_one_go(talks: Conversations):
    for number in range(450):
        talks.append(f"web-old{number:05}", [said("long ago", 1000.0)])

    assert talks.purge(1) == 450
    assert list(talks.talks()) == []


@pytest.mark.parametrize(
    "sender", ["", "anna", "web-a\0b0000", "web-" + "a" * 300, "web-1' OR '1'='1", "web-ä" * 5]
)
def test_an_id_that_no_channel_makes_is_refused(talks: Conversations, sender: str):
    with pytest.raises(BadSender, match="no conversation's id"):
        talks.append(sender, [said("hello")])


def test_a_character_that_postgresql_cannot_hold_is_left_out(talks: Conversations):
    entities = [{"entity": "finding", "value": "foot_site.he\0el"}]
    intent = {"intent": {"name": "te\0ll"}, "entities": entities}
    talks.append(ANNA, [{**said("my\0 heel \ud800"), "parse_data": intent}])

    event = talks.read(ANNA)[1][0]

    assert event["text"].startswith("my heel")
    assert event["parse_data"]["intent"]["name"] == "tell"
    assert event["parse_data"]["entities"][0]["value"] == "foot_site.heel"


@pytest.mark.parametrize("typed", ["\\u0000", "a\\\\u0000b", 'C:\\u0000\\"heel"'])
def test_what_a_person_typed_is_kept_to_the_letter(talks: Conversations, typed: str):
    talks.append(ANNA, [said(typed)])

    assert [event["text"] for event in talks.read(ANNA)[1]] == [typed]


@pytest.mark.parametrize("damage", ["{broken", "", "null", "[1]", '{"event": 7}'])
def test_a_damaged_row_does_not_end_the_talk(talks: Conversations, url: str, damage: str, caplog):
    talks.append(ANNA, [said("before"), said("damaged"), said("after")])
    with create_engine(url, future=True).begin() as connection:
        connection.execute(text("UPDATE events SET data = :d WHERE data LIKE '%damaged%'"), [{"d": damage}])

    _, events = talks.read(ANNA)

    assert [event["text"] for event in events] == ["before", "after"]
    assert "is damaged" in caplog.text


def test_the_read_of_each_turn_uses_the_index(talks: Conversations, url: str):
    talks.append(ANNA, [said("hello")])
    query = "SELECT max(id) FROM events WHERE sender_id = 'web-anna0001'"
    explain = "EXPLAIN QUERY PLAN" if url.startswith("sqlite") else "SET enable_seqscan = off; EXPLAIN"

    with create_engine(url, future=True).connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(f"{explain} {query}")))

    assert "events_of_a_conversation" in plan


def test_a_database_of_rasas_own_store_is_taken_over(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with create_engine(url, future=True).begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name "
                "VARCHAR(255) NOT NULL, timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
            )
        )
        connection.execute(
            text("INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (:s, 'user', 1.0, :d)"),
            [{"s": ANNA, "d": json.dumps(said("from before"))}],
        )

    assert Conversations(url).read(ANNA)[1][0]["text"] == "from before"


def test_nothing_of_a_deleted_talk_is_left_in_the_files(tmp_path: Path):
    talks = Conversations(f"sqlite:///{tmp_path / 'talks.db'}")
    for number in range(50):
        talks.append(ANNA, [said(f"zebrastripes {number}")])
        talks.append(BEN, [said("checkered")])

    talks.delete(ANNA)

    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"checkered" in stored
    assert b"zebrastripes" not in stored
    assert ANNA.encode() not in stored


# python -m bot conversations


@pytest.fixture
def command(url: str, talks: Conversations, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["conversations", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_list_shows_ids_and_times_but_no_words(command, talks: Conversations):
    talks.append(ANNA, [said("my heel hurts", 86400.0), said("a lot", 90000.0)])

    code, out, _ = command("list")

    assert code == 0
    assert out == f"{ANNA}\t2 messages\t1970-01-02T00:00+00:00\t1970-01-02T01:00+00:00\n"


def test_an_export_is_all_that_is_stored(command, talks: Conversations):
    talks.append(ANNA, [said("my heel hurts"), said("a lot")])

    code, out, _ = command("export", ANNA)

    assert code == 0
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["my heel hurts", "a lot"]


def test_delete_says_what_it_did_and_what_there_was_not(command, talks: Conversations):
    talks.append(ANNA, [said("my heel hurts")])

    assert command("delete", ANNA)[:2] == (0, f"1 events are deleted; nothing is left of {ANNA}.\n")
    code, _, err = command("delete", ANNA)
    assert (code, "Nothing is stored of" in err) == (1, True)
    code, _, err = command("delete", "Anna Smith")
    assert (code, "conversations list" in err) == (1, True)


def test_purge_takes_its_days_from_the_settings(command, talks: Conversations, monkeypatch):
    talks.append(ANNA, [said("long ago", time.time() - 8 * DAY)])
    talks.append(BEN, [said("not so long ago", time.time() - 3 * DAY)])
    monkeypatch.setenv("RETENTION_DAYS", "7")

    assert command("purge")[1] == "1 conversations are deleted.\n"
    assert command("purge", "--older-than", "2")[1] == "1 conversations are deleted.\n"
    assert command("purge", "--older-than", "0")[0] == 2


def test_a_database_that_is_away_is_named_without_its_password(monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:opensesame@127.0.0.1:1/talks")

    assert main(["conversations", "list"]) == 1
    assert "DATABASE_URL cannot be used" in (err := capsys.readouterr().err)
    assert "opensesame" not in err
