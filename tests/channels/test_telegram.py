"""Telegram: what comes in is checked, answered once and in order; what goes out stays within the limits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import telegram

from bot.channels import delivery
from bot.channels.desk import LATE
from bot.channels.footpicture import PICTURES
from bot.channels.guard import SORRY, Guard, Refused
from bot.channels.parts import units
from bot.channels.telegram import COMMANDS, TelegramInput
from bot.channels.telegram_api import TelegramApi
from bot.channels.telegram_keys import Payloads, keyboard, marked, messages_of
from bot.channels.turns import line_of
from bot.commands import telegram as command
from bot.knowledge.concepts import Knowledge
from bot.reasoning import cards
from tests.channels.stage import FORGOTTEN, PAGE, StubAgent, eventually, serving, settled
from tests.channels.telegram_server import (
    ANN,
    BOT,
    NOW,
    SECRET,
    TOKEN,
    TelegramServer,
    answer,
    fault_of,
    message,
    press,
    update,
    written,
)

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Stage:
    """The running channel, Telegram, and the way from one to the other."""

    url: str
    telegram: TelegramServer
    agent: StubAgent
    http: aiohttp.ClientSession

    async def send(self, sent: Any, secret: str = SECRET) -> int:
        url = f"{self.url}/webhooks/telegram/webhook"
        body = {"data": sent} if isinstance(sent, (bytes, str)) else {"json": sent}
        async with self.http.post(url, headers={HEADER: secret} if secret else {}, **body) as response:
            return response.status


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(delivery, "AT_THE_END", 0.5)
    agent = StubAgent()
    async with TelegramServer() as server, aiohttp.ClientSession() as http:
        channel = TelegramInput(TOKEN, SECRET, server.url, f"sqlite:///{tmp_path / 'talks.db'}")
        async with serving(channel, agent) as address:
            yield Stage(address, server, agent, http)
        assert server.faults == []


def question_reply(knowledge: Knowledge, name: str) -> dict[str, Any]:
    asked = knowledge.questions[name]
    return cards.question(asked, asked.ask)


# What comes in


async def test_a_message_is_answered_once(stage: Stage):
    assert await stage.send(message("my heel hurts")) == 200

    await eventually(lambda: stage.telegram.texts)
    assert stage.agent.heard == ["my heel hurts"]
    assert stage.telegram.texts == ["You said: my heel hurts"]
    assert stage.telegram.of("sendMessage")[0].fields["chat_id"] == 77


async def test_the_person_sees_that_we_write(stage: Stage):
    await stage.send(message())

    await eventually(lambda: stage.telegram.of("sendChatAction"))


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "é"])
async def test_a_wrong_secret_is_refused(stage: Stage, secret: str):
    assert await stage.send(message(), secret) == 403

    await settled()
    assert stage.agent.heard == []


async def test_a_megabyte_is_refused(stage: Stage):
    assert await stage.send(b"a" * 1_000_001) == 413
    assert await stage.send(message("a" * 300_000)) == 413

    assert await stage.send(message("still here")) == 200
    await eventually(lambda: stage.agent.heard == ["still here"])


@pytest.mark.parametrize(
    "sent", ["", "[]", "{", '{"update_id": 1, "message": {}}', '{"message": 1}', "[" * 9000]
)
async def test_an_update_of_an_unknown_form_is_left_out_for_good(stage: Stage, sent: str):
    assert await stage.send(sent) == 200


async def test_the_same_update_ten_times_at_once_is_answered_once(stage: Stage):
    one = message("it burns")

    statuses = await asyncio.gather(*(stage.send(one) for _ in range(10)))

    await eventually(lambda: stage.telegram.texts)
    await settled()
    assert statuses == [200] * 10
    assert stage.telegram.texts == ["You said: it burns"]


async def test_updates_out_of_order_are_both_answered(stage: Stage):
    first, second = message("one"), message("two")

    await stage.send(second)
    await stage.send(first)

    await eventually(lambda: len(stage.telegram.texts) == 2)
    assert stage.agent.heard == ["two", "one"]


async def test_messages_of_one_person_are_answered_in_the_order_they_came(stage: Stage):
    for number in range(10):
        await stage.send(message(f"part {number}"))

    await eventually(lambda: len(stage.telegram.texts) == 10)
    assert stage.telegram.texts == [f"You said: part {number}" for number in range(10)]


GROUP = telegram.Chat(-100, telegram.Chat.GROUP)
OTHER_UPDATES = {
    "edited_message": written("hello", edit_date=NOW),
    "channel_post": written("hello", telegram.Chat.CHANNEL),
    "edited_channel_post": written("hello", telegram.Chat.CHANNEL, edit_date=NOW),
    "my_chat_member": telegram.ChatMemberUpdated(
        GROUP, ANN, NOW, telegram.ChatMemberLeft(BOT), telegram.ChatMemberMember(BOT)
    ),
    "poll": telegram.Poll(
        *("1", "Lunch?", [], 0, False, True, "regular", False), allows_revoting=True, members_only=False
    ),
    "inline_query": telegram.InlineQuery("1", ANN, "feet", ""),
}


@pytest.mark.parametrize("kind", OTHER_UPDATES)
async def test_other_updates_are_left_alone(stage: Stage, kind: str):
    assert await stage.send(update(**{kind: OTHER_UPDATES[kind]})) == 200

    await settled()
    assert (stage.agent.heard, stage.telegram.texts) == ([], [])


PHOTO = [telegram.PhotoSize("f", "u", 90, 90)]
WORDLESS = {
    "photo": PHOTO,
    "voice": telegram.Voice("f", "u", 3),
    "sticker": telegram.Sticker("f", "u", 512, 512, False, False, telegram.Sticker.REGULAR),
    "location": telegram.Location(1.5, 2.5),
    "document": telegram.Document("f", "u"),
    "contact": telegram.Contact("123", "Ann"),
}


@pytest.mark.parametrize("kind", WORDLESS)
async def test_what_is_no_text_gets_a_kind_word(stage: Stage, kind: str):
    await stage.send(message(None, **{kind: WORDLESS[kind]}))

    await eventually(lambda: stage.telegram.texts)
    assert stage.agent.heard == []
    assert "I can only read words" in stage.telegram.texts[0]


async def test_an_album_gets_one_kind_word(stage: Stage):
    for _ in range(3):
        await stage.send(message(None, photo=PHOTO, media_group_id="g1"))

    await eventually(lambda: stage.telegram.texts)
    await settled()
    assert len(stage.telegram.texts) == 1


async def test_the_words_under_a_picture_count(stage: Stage):
    await stage.send(message(None, photo=PHOTO, caption="I cannot feel my leg"))

    await eventually(lambda: stage.agent.heard == ["I cannot feel my leg"])


async def test_what_happens_to_a_chat_is_no_message(stage: Stage):
    await stage.send(message(None, pinned_message=written("hello")))
    await stage.send(message("hello", from_user=telegram.User(1, "Another bot", is_bot=True)))

    await settled()
    assert stage.telegram.texts == []


@pytest.mark.parametrize(
    "said",
    [
        *("@SoleSpineBot my heel hurts", "@SoleSpineBot, my heel hurts", "(@solespinebot) my heel hurts"),
        *("my heel hurts,@SOLESPINEBOT!", "/start@SoleSpineBot", "/help", "hello @solespinebot"),
    ],
)
async def test_in_a_group_we_invite_to_a_private_talk(stage: Stage, said: str):
    await stage.send(message(said, where="supergroup"))

    await eventually(lambda: stage.telegram.texts)
    assert stage.agent.heard == []
    assert "https://t.me/SoleSpineBot" in stage.telegram.texts[0]
    assert stage.telegram.of("sendMessage")[0].fields["chat_id"] == -100


@pytest.mark.parametrize(
    "said", ["lunch?", "/start@AnotherBot", "@SoleSpineBotany", "me@SoleSpineBot", "/weather"]
)
async def test_a_groups_own_talk_is_left_alone(stage: Stage, said: str):
    await stage.send(message(said, where="group"))
    await stage.send(message(said, where="channel"))

    await settled()
    assert stage.telegram.texts == []


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("/start", "/greet"),
        ("/start from-a-link", "/greet"),
        ("/Start@SoleSpineBot", "/greet"),
        ("/stop", "/stop"),
        ("/forget", "/delete_my_data"),
        ("/summary", "/summary_please"),
    ],
)
async def test_commands_do_what_they_say(stage: Stage, said: str, payload: str):
    await stage.send(message(said))

    await eventually(lambda: stage.agent.heard == [payload])


async def test_help_names_every_command(stage: Stage):
    await stage.send(message("/help"))

    await eventually(lambda: stage.telegram.texts)
    assert all(f"/{name}" in stage.telegram.texts[0] for name in COMMANDS)
    assert stage.agent.heard == []


@pytest.mark.parametrize("said", ["/restart", '/tell{"finding": "sensation.tingling"}', "//greet"])
async def test_a_payload_typed_by_hand_is_taken_as_words(stage: Stage, said: str):
    await stage.send(message(said))

    await eventually(lambda: stage.agent.heard)
    assert not str(stage.agent.heard[0]).startswith("/")


async def test_a_conversations_id_names_nobody(stage: Stage):
    await stage.send(message("hello", chat=telegram.Chat(123456789, telegram.Chat.PRIVATE)))
    await eventually(lambda: stage.agent.messages)

    sender = stage.agent.messages[0].sender_id

    assert sender.startswith("telegram-")
    assert "123456789" not in sender


# Buttons


async def test_a_pressed_button_is_answered_at_once_and_gives_way_to_the_choice(
    stage: Stage, knowledge: Knowledge
):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)
    shown = stage.telegram.of("sendMessage")[0]
    button = shown.buttons[0]

    await stage.send(press(shown, button["callback_data"]))

    await eventually(lambda: len(stage.telegram.texts) == 2)
    (acknowledged,) = stage.telegram.of("answerCallbackQuery")
    (edited,) = stage.telegram.of("editMessageText")
    assert acknowledged.fields == {"callback_query_id": "q1"}
    assert acknowledged.at < stage.telegram.of("sendMessage")[1].at
    assert edited.fields["text"].endswith(f"✓ {button['text']}")
    assert stage.agent.heard[1] == button["callback_data"]


async def test_a_button_is_answered_while_an_earlier_turn_still_runs(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)
    shown = stage.telegram.of("sendMessage")[0]
    gate = asyncio.Event()
    original = stage.agent.handle_message

    async def slow(said: Any) -> None:
        await gate.wait()
        await original(said)

    stage.agent.handle_message = slow  # type: ignore[method-assign]
    await stage.send(message("one moment"))
    await stage.send(press(shown, shown.buttons[0]["callback_data"]))

    await eventually(lambda: stage.telegram.of("answerCallbackQuery"))
    assert len(stage.agent.messages) == 1
    gate.set()


async def test_who_was_too_fast_may_press_the_button_again(
    stage: Stage, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)
    shown = stage.telegram.of("sendMessage")[0]
    refused = [True]

    async def rate(_guard: Guard, _sender: str) -> None:
        if refused.pop():
            raise Refused(429, "Please wait a minute.")

    monkeypatch.setattr(Guard, "rate", rate)
    await stage.send(press(shown, shown.buttons[0]["callback_data"]))
    await eventually(lambda: "Please wait a minute." in stage.telegram.texts)
    assert len(stage.agent.messages) == 1

    refused.append(False)
    await stage.send(press(shown, shown.buttons[0]["callback_data"]))

    await eventually(lambda: len(stage.agent.messages) == 2)


async def test_a_no_under_an_earlier_question_does_not_answer_the_last_one(
    stage: Stage, knowledge: Knowledge
):
    questions = iter(("radiates_down_leg", "gait", "gait"))
    stage.agent.script = lambda message: [question_reply(knowledge, next(questions))]
    for words in ("my heel hurts", "no it does not"):
        await stage.send(message(words))
        await eventually(lambda: len(stage.agent.messages) == len(stage.telegram.of("sendMessage")))
    await eventually(lambda: len(stage.telegram.texts) == 2)
    first, last = stage.telegram.of("sendMessage")
    (no,) = (button["callback_data"] for button in first.buttons if button["text"] == "No")

    await stage.send(press(first, no))

    await eventually(lambda: LATE in stage.telegram.texts)
    assert len(stage.agent.messages) == 2

    await stage.send(press(last, last.buttons[0]["callback_data"], "q2"))
    await eventually(lambda: len(stage.agent.messages) == 3)


async def test_a_double_click_tells_once(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)
    shown = stage.telegram.of("sendMessage")[0]
    data = shown.buttons[0]["callback_data"]

    await asyncio.gather(*(stage.send(press(shown, data, query=f"q{n}")) for n in range(5)))

    await settled()
    assert len(stage.agent.heard) == 2
    assert len(stage.telegram.of("answerCallbackQuery")) == 5


async def test_an_answer_in_words_takes_the_buttons_off(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "back_pain")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)
    await settled(0.05)

    await stage.send(message("no"))

    await eventually(lambda: stage.telegram.of("editMessageReplyMarkup"))
    assert stage.telegram.of("editMessageReplyMarkup")[0].fields == {"chat_id": 77, "message_id": 100}


async def test_a_forged_payload_is_refused(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)

    await stage.send(press(stage.telegram.of("sendMessage")[0], "/restart"))

    await eventually(lambda: len(stage.telegram.texts) == 2)
    assert stage.agent.heard == ["hello"]
    assert "not one of my buttons" in stage.telegram.texts[1]


async def test_a_button_under_a_message_that_is_gone_does_no_harm(stage: Stage):
    pressed = update(callback_query=telegram.CallbackQuery("q1", ANN, "1", data="/affirm"))

    assert await stage.send(pressed) == 200

    await eventually(lambda: stage.telegram.of("answerCallbackQuery"))
    assert stage.agent.heard == []


async def test_a_site_may_be_chosen_by_its_number(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "foot_site")]
    await stage.send(message("hello"))
    await eventually(lambda: stage.telegram.texts)

    await stage.send(message("2."))

    await eventually(lambda: len(stage.agent.heard) == 2)
    assert stage.agent.heard[1] == question_reply(knowledge, "foot_site")["buttons"][1]["payload"]


# What goes out


def test_every_card_fits_into_telegrams_limits(knowledge: Knowledge):
    region = knowledge.regions["US"]
    replies = [cards.question(q, q.ask) for q in knowledge.questions.values()]
    replies += [cards.urgent_care(f, region, knowledge) for f in knowledge.red_flags.values()]
    replies += [cards.topic_answer(t, more, knowledge) for t in knowledge.topics.values() for more in (0, 1)]
    replies.append(cards.referral_card({}, knowledge, region))

    for reply in replies:
        line = line_of(reply["text"], reply["buttons"], reply["custom"])
        fields = messages_of(line)
        assert [fault_of("sendMessage", {"chat_id": 77, **one}) for one in fields] == [None] * len(fields)
        assert "\n\n".join(one["text"] for one in fields).startswith(reply["text"].strip())


def test_more_than_five_buttons_stand_in_rows_that_a_telephone_shows(knowledge: Knowledge):
    buttons = question_reply(knowledge, "foot_site")["buttons"]

    rows = keyboard(buttons)

    assert [b["text"] for row in rows for b in row] == [b["title"] for b in buttons]
    assert len(rows) > 2
    assert all(len(row) == 1 or sum(len(b["text"]) for b in row) <= 30 for row in rows)


def test_a_payload_too_long_for_a_button_comes_back_whole(knowledge: Knowledge):
    long = '/tell{"finding": "' + ",".join(["sensation.tingling"] * 6) + '"}'
    payloads = Payloads(knowledge)
    payloads._long[marked(long)] = long

    assert len(marked(long).encode()) <= 64
    assert payloads.of(marked(long)) == long
    assert payloads.of("/affirm") == "/affirm"


def test_a_long_text_is_cut_at_sentences():
    text = " ".join(f"Sentence {n} has a foot 🦶 in it." for n in range(400))

    parts = [
        fields["text"] for fields in messages_of(line_of(text, [{"title": "Yes", "payload": "/affirm"}]))
    ]

    assert len(parts) > 2
    assert all(units(part) <= 4096 and part.endswith("it.") for part in parts)
    assert " ".join(parts) == text


def test_the_buttons_stand_under_the_last_part():
    fields = messages_of(line_of("word " * 2000, [{"title": "Yes", "payload": "/affirm"}]))

    assert ["reply_markup" in one for one in fields] == [False] * (len(fields) - 1) + [True]


async def test_the_picture_of_the_feet_goes_before_its_question(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "foot_site")]

    await stage.send(message("hello"))

    await eventually(lambda: stage.telegram.texts)
    (photo,) = stage.telegram.of("sendPhoto")
    assert photo.fields["photo"].content == (PICTURES / "both.png").read_bytes()
    assert photo.at < stage.telegram.of("sendMessage")[0].at
    assert "1. " in stage.telegram.texts[0]


async def test_the_page_to_bring_along_comes_as_pdf_too(stage: Stage):
    stage.agent.script = lambda message: [PAGE]

    await stage.send(message("/summary"))

    await eventually(lambda: stage.telegram.texts)
    (sent,) = stage.telegram.of("sendDocument")
    page = sent.fields["document"]
    assert (page.name, page.kind) == ("my-feet-and-my-back.pdf", "application/pdf")
    assert page.content.startswith(b"%PDF-")
    assert sent.at < stage.telegram.of("sendMessage")[0].at


# When things go wrong


async def test_a_failing_turn_gets_a_kind_answer(stage: Stage):
    def fail(message: Any) -> list[dict[str, Any]]:
        raise RuntimeError("broken")

    stage.agent.script = fail
    await stage.send(message("hello"))

    await eventually(lambda: stage.telegram.texts == [SORRY])


async def test_a_silent_turn_gets_a_kind_answer(stage: Stage):
    stage.agent.script = lambda message: []

    await stage.send(message("hello"))

    await eventually(lambda: stage.telegram.texts == [SORRY])


async def test_while_telegram_is_down_answers_are_kept(stage: Stage, caplog: pytest.LogCaptureFixture):
    await stage.send(message("before"))
    await eventually(lambda: len(stage.telegram.texts) == 1)
    await stage.telegram.stop()

    with caplog.at_level(logging.WARNING):
        await stage.send(message("a very private sentence"))
        await stage.send(message("second"))
        await settled(1.0)
    await stage.telegram.start()

    await eventually(lambda: len(stage.telegram.texts) == 3)
    await settled()
    assert stage.telegram.texts[1:] == ["You said: a very private sentence", "You said: second"]
    assert "did not take a message" in caplog.text
    assert "private sentence" not in caplog.text
    assert TOKEN not in caplog.text


async def test_telegrams_wish_to_wait_is_obeyed(stage: Stage):
    stage.telegram.troubles = [answer(429, "Too Many Requests", parameters={"retry_after": 1})]
    await stage.send(message("hello"))
    await eventually(lambda: any(m == "sendMessage" for m, _ in stage.telegram.attempts))
    refused = time.monotonic()

    await stage.send(message("and more"))

    await eventually(lambda: len(stage.telegram.texts) == 2)
    assert stage.telegram.of("sendMessage")[0].at - refused >= 0.9
    quiet = [m for m, at in stage.telegram.attempts if refused + 0.05 < at < refused + 0.9]
    assert quiet == []


async def test_who_blocked_us_is_left_in_peace(stage: Stage):
    stage.telegram.troubles = [answer(403, "Forbidden: bot was blocked by the user")]

    await stage.send(message("hello"))
    await stage.send(message("hello again"))

    await eventually(lambda: stage.telegram.texts == ["You said: hello again"])


async def test_the_server_starts_without_telegram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "AT_THE_END", 0.2)
    channel = TelegramInput(TOKEN, SECRET, "http://127.0.0.1:9", f"sqlite:///{tmp_path / 'talks.db'}")

    async with serving(channel, StubAgent()) as address, aiohttp.ClientSession() as http:
        url = f"{address}/webhooks/telegram/webhook"
        async with http.post(url, json=message(), headers={HEADER: SECRET}) as response:
            assert response.status == 200


async def test_a_refused_token_is_one_clear_line(caplog: pytest.LogCaptureFixture, tmp_path: Path):
    async with TelegramServer() as server:
        channel = TelegramInput("1:wrong", SECRET, server.url, f"sqlite:///{tmp_path / 'talks.db'}")
        async with serving(channel, StubAgent()):
            await eventually(lambda: "TELEGRAM_BOT_TOKEN" in caplog.text)

    assert "Traceback" not in caplog.text
    assert "1:wrong" not in caplog.text


async def test_who_asks_for_it_is_forgotten(stage: Stage):
    stage.agent.script = lambda message: [FORGOTTEN]

    await stage.send(message("/forget"))

    await eventually(lambda: stage.agent.tracker_store.deleted)
    assert stage.agent.tracker_store.deleted == [stage.agent.messages[0].sender_id]


async def test_a_deletion_that_failed_is_not_claimed(stage: Stage):
    stage.agent.script = lambda message: [FORGOTTEN]
    stage.agent.tracker_store.down = True

    await stage.send(message("/forget"))

    await eventually(lambda: len(stage.telegram.texts) == 2)
    assert "could not delete" in stage.telegram.texts[1]


# The commands


async def test_set_webhook_tells_telegram_address_secret_and_commands(capsys: pytest.CaptureFixture[str]):
    async with TelegramServer() as server:
        api = TelegramApi(TOKEN, server.url)
        assert await command.set_webhook(api, "https://feet.example.org/", SECRET) == 0
        await api.close()

    (webhook,) = server.of("setWebhook")
    assert server.faults == []
    assert webhook.fields["url"] == "https://feet.example.org/webhooks/telegram/webhook"
    assert webhook.fields["secret_token"] == SECRET
    assert [c["command"] for c in server.of("setMyCommands")[0].fields["commands"]] == list(COMMANDS)
    assert SECRET not in capsys.readouterr().out


async def test_set_webhook_takes_https_only(capsys: pytest.CaptureFixture[str]):
    assert await command.set_webhook(None, "http://feet.example.org", SECRET) == 2

    assert "https://" in capsys.readouterr().err


def environment(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))


def test_a_missing_token_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from bot.__main__ import main

    environment(monkeypatch)

    assert main(["telegram", "delete-webhook"]) == 2
    assert capsys.readouterr().err.startswith("TELEGRAM_BOT_TOKEN is not set.")


async def test_polling_hands_on_each_update_and_forgets_it_only_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    environment(monkeypatch, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_SECRET_TOKEN=SECRET)
    monkeypatch.setattr(command, "AGAIN_SECONDS", 0.01)
    settings = command.Settings.from_environment()
    poll = command.Poll(TelegramApi(TOKEN, stage.telegram.url), settings)
    stage.telegram.updates = [message("one"), message("two")]

    poll._url = "http://127.0.0.1:9/"
    assert await poll.once(stage.http) is None
    poll._url = f"{stage.url}/webhooks/telegram/webhook"
    assert await poll.once(stage.http) is None
    await poll.once(stage.http)
    await poll._api.close()

    await eventually(lambda: len(stage.telegram.texts) == 2)
    offsets = [call.fields["offset"] for call in stage.telegram.of("getUpdates")]
    assert offsets == [0, 0, stage.telegram.updates[1]["update_id"] + 1]
    assert stage.agent.heard == ["one", "two"]


async def test_polling_says_when_the_assistant_has_another_secret(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    environment(monkeypatch, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_SECRET_TOKEN="another")
    poll = command.Poll(TelegramApi(TOKEN, stage.telegram.url), command.Settings.from_environment())
    poll._url = f"{stage.url}/webhooks/telegram/webhook"
    stage.telegram.updates = [message("one")]

    assert await poll.once(stage.http) == 1
    await poll._api.close()

    assert "the same" in capsys.readouterr().err
