"""Slack: what comes in is checked, answered once and in order; what goes out stays within the limits."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import yaml
from aiohttp import web

from bot.channels import attachments, delivery
from bot.channels.footpicture import PICTURES
from bot.channels.guard import SORRY
from bot.channels.slack import SlackInput
from bot.channels.slack_blocks import messages_of
from bot.channels.slack_text import words_of
from bot.channels.turns import line_of
from bot.knowledge.concepts import Knowledge
from bot.reasoning import cards
from bot.settings import ROOT
from tests.channels.slack_server import (
    BOT,
    SIGNING_SECRET,
    TOKEN,
    SlackServer,
    block_fault,
    event,
    press,
    signed,
)
from tests.channels.stage import FORGOTTEN, PAGE, StubAgent, eventually, serving, settled


@dataclass
class Stage:
    """The running channel, Slack, and the way from one to the other."""

    url: str
    slack: SlackServer
    agent: StubAgent
    http: aiohttp.ClientSession

    async def send(self, sent: dict[str, Any] | str, **changed: Any) -> int:
        body = sent if isinstance(sent, str) else json.dumps(sent)
        headers = {"Content-Type": "application/json", **signed(body), **changed}
        async with self.http.post(f"{self.url}/webhooks/slack/webhook", data=body, headers=headers) as answer:
            return answer.status

    async def press(self, pressed: dict[str, Any]) -> int:
        body = urlencode({"payload": json.dumps(pressed)})
        return await self.send(body, **{"Content-Type": "application/x-www-form-urlencoded"})


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.05)
    agent = StubAgent()
    async with SlackServer() as slack_server, aiohttp.ClientSession() as http:
        url = f"sqlite:///{tmp_path / 'talks.db'}"
        channel = SlackInput(TOKEN, SIGNING_SECRET, f"{slack_server.url}api/", url)
        async with serving(channel, agent) as address:
            yield Stage(address, slack_server, agent, http)
        assert slack_server.faults == []


def question_reply(knowledge: Knowledge, name: str) -> dict[str, Any]:
    asked = knowledge.questions[name]
    return cards.question(asked, asked.ask)


# What comes in


async def test_a_direct_message_is_answered_once(stage: Stage):
    assert await stage.send(event("my heel hurts")) == 200

    await eventually(lambda: stage.slack.posted)
    assert stage.agent.heard == ["my heel hurts"]
    assert stage.slack.posted[0].fields["channel"] == "D1"
    assert "You said: my heel hurts" in stage.slack.posted[0].words


async def test_slacks_question_who_we_are_is_answered(stage: Stage):
    body = json.dumps({"type": "url_verification", "challenge": "abc"})

    async with stage.http.post(
        f"{stage.url}/webhooks/slack/webhook",
        data=body,
        headers={"Content-Type": "application/json", **signed(body)},
    ) as answer:
        assert (answer.status, await answer.text()) == (200, "abc")


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "tomorrow"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_forged_request_is_refused(stage: Stage, forged: dict[str, str]):
    assert await stage.send(event(), **forged) == 401

    await settled()
    assert stage.agent.heard == []


async def test_another_apps_secret_is_refused(stage: Stage):
    body = json.dumps(event())

    assert await stage.send(body, **signed(body, secret="another")) == 401


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_signature_counts_for_five_minutes(stage: Stage, seconds: int):
    body = json.dumps(event())

    assert await stage.send(body, **signed(body, int(time.time()) + seconds)) == 401
    assert stage.agent.heard == []


async def test_a_megabyte_is_refused(stage: Stage):
    assert await stage.send(event("a" * 1_000_001)) == 413
    assert await stage.send(event("a" * 300_000)) == 413

    assert await stage.send(event("still here")) == 200
    await eventually(lambda: stage.agent.heard == ["still here"])


@pytest.mark.parametrize(
    "body", ["[]", "{", '{"type": "event_callback"}', '{"type": "block_actions"}', '"hello"', "\x00"]
)
async def test_a_signed_oddity_does_no_harm(stage: Stage, body: str):
    assert await stage.send(body) == 400


async def test_the_same_event_ten_times_at_once_is_answered_once(stage: Stage):
    one = event("it burns")

    statuses = await asyncio.gather(*(stage.send(one) for _ in range(10)))

    await eventually(lambda: stage.slack.posted)
    await settled()
    assert statuses == [200] * 10
    assert stage.agent.heard == ["it burns"]
    assert len(stage.slack.posted) == 1


async def test_slacks_own_retry_is_not_answered_again(stage: Stage):
    one = event("it burns")
    await stage.send(one)
    await eventually(lambda: stage.slack.posted)

    assert await stage.send(one, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}) == 200

    await settled()
    assert len(stage.slack.posted) == 1


async def test_a_second_server_process_does_not_answer_the_same_event(stage: Stage, tmp_path: Path):
    one = event("it burns")
    other = SlackInput(TOKEN, SIGNING_SECRET, f"{stage.slack.url}api/", f"sqlite:///{tmp_path / 'talks.db'}")

    async with serving(other, stage.agent) as address:
        second = Stage(address, stage.slack, stage.agent, stage.http)
        await asyncio.gather(*(s.send(one) for s in (stage, second) * 3))
        await eventually(lambda: stage.slack.posted)
        await settled()

    assert len(stage.slack.posted) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B1"},
        {"user": BOT},
        {"user": None},
        {"type": "reaction_added"},
    ],
)
async def test_only_what_a_person_writes_is_answered(stage: Stage, changes: dict[str, Any]):
    assert await stage.send(event("hello", **changes)) == 200

    await settled()
    assert stage.agent.heard == []


async def test_a_picture_without_words_gets_a_kind_word(stage: Stage):
    await stage.send(event("", subtype="file_share", files=[{"id": "F1"}]))

    await eventually(lambda: stage.slack.posted)
    assert stage.agent.heard == []
    assert "I can only read words" in stage.slack.posted[0].words


async def test_a_mention_in_a_channel_is_answered_once_and_in_its_thread(stage: Stage):
    said = f"<@{BOT}> my arch hurts"
    mention = event(said, type="app_mention", channel="C1", channel_type=None, ts="1690000000.5")
    message = event(said, channel="C1", channel_type="channel", ts="1690000000.5")

    await asyncio.gather(stage.send(mention), stage.send(message))

    await eventually(lambda: stage.slack.posted)
    await settled()
    assert stage.agent.heard == ["my arch hurts"]
    assert [call.fields["thread_ts"] for call in stage.slack.posted] == ["1690000000.5"]


async def test_a_thread_goes_on_without_mentions_for_the_one_who_began_it(stage: Stage):
    thread = {"channel": "C1", "channel_type": "channel", "thread_ts": "1690000000.5"}
    await stage.send(event(f"<@{BOT}> hello", **{**thread, "thread_ts": None, "ts": "1690000000.5"}))
    await eventually(lambda: stage.slack.posted)

    await stage.send(event("it tingles", **thread))
    await stage.send(event("mine too", **thread, user="U2"))
    await stage.send(event("<@U2> good luck", **thread))

    await eventually(lambda: len(stage.slack.posted) == 2)
    await settled()
    assert stage.agent.heard == ["hello", "it tingles"]
    assert len({m.sender_id for m in stage.agent.messages}) == 1


async def test_a_channels_own_talk_is_left_alone(stage: Stage):
    await stage.send(event("lunch?", channel="C1", channel_type="channel"))

    await settled()
    assert stage.agent.heard == []


async def test_two_people_never_share_a_story(stage: Stage):
    thread = {"channel": "C1", "channel_type": "channel", "thread_ts": "1690000000.5"}
    await stage.send(event(f"<@{BOT}> my heel", **thread))
    await stage.send(event(f"<@{BOT}> my toes", **thread, user="U2"))

    await eventually(lambda: len(stage.agent.messages) == 2)
    assert len({m.sender_id for m in stage.agent.messages}) == 2


async def test_a_conversations_id_names_nobody(stage: Stage):
    await stage.send(event("hello", user="U0SECRET"))
    await eventually(lambda: stage.agent.messages)

    sender = stage.agent.messages[0].sender_id

    assert sender.startswith("slack-")
    assert "SECRET" not in sender
    assert len(sender) < 100


async def test_who_opens_the_messages_for_the_first_time_is_welcomed_once(stage: Stage):
    opened = {"type": "app_home_opened", "tab": "messages", "channel_type": None}
    await stage.send(event(None, **opened))
    await stage.send(event(None, **opened))
    await stage.send(event(None, **{**opened, "tab": "home"}))

    await eventually(lambda: stage.slack.posted)
    await settled()
    assert stage.agent.heard == ["/greet"]


async def test_a_persons_words_lose_slacks_marks():
    assert (
        words_of(f"<@{BOT}> a &lt; b &amp; <https://a.org|a.org> <#C1|feet> <!here>") == "a < b & a.org feet"
    )


async def test_a_command_typed_by_hand_is_taken_as_words(stage: Stage):
    await stage.send(event('/tell{"finding": "sensation.tingling"}'))

    await eventually(lambda: stage.agent.heard)
    assert not str(stage.agent.heard[0]).startswith("/")


# Buttons


async def test_a_pressed_button_tells_and_gives_way_to_the_choice(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(event("hello"))
    await eventually(lambda: stage.slack.posted)
    shown = stage.slack.posted[0]
    button = shown.buttons[0]

    assert await stage.press(press(shown, button["value"])) == 200

    await eventually(lambda: stage.slack.of("chat.update") and len(stage.slack.posted) == 2)
    used = stage.slack.of("chat.update")[0]
    assert stage.agent.heard[1] == button["value"]
    assert used.buttons == []
    assert f"✓ {button['text']['text']}" in used.words


async def test_a_double_click_and_a_replay_tell_once(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(event("hello"))
    await eventually(lambda: stage.slack.posted)
    shown = stage.slack.posted[0]

    await asyncio.gather(*(stage.press(press(shown, b["value"])) for b in shown.buttons for _ in range(3)))

    await settled()
    assert len(stage.agent.heard) == 2


async def test_an_answer_in_words_takes_the_buttons_off(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "back_pain")]
    await stage.send(event("hello"))
    await eventually(lambda: stage.slack.posted)
    await settled(0.05)

    await stage.send(event("no"))

    await eventually(lambda: stage.slack.of("chat.update"))
    assert stage.slack.of("chat.update")[0].buttons == []


async def test_somebody_elses_buttons_tell_nothing(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(event(f"<@{BOT}> hello", channel="C1", channel_type="channel"))
    await eventually(lambda: stage.slack.posted)
    shown = stage.slack.posted[0]

    await stage.press(press(shown, shown.buttons[0]["value"], user="U2"))

    await eventually(lambda: stage.slack.of("chat.postEphemeral"))
    assert stage.agent.heard == ["hello"]


async def test_a_payload_that_no_button_carries_is_refused(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "side")]
    await stage.send(event("hello"))
    await eventually(lambda: stage.slack.posted)
    pressed = press(stage.slack.posted[0], stage.slack.posted[0].buttons[0]["value"])
    pressed["actions"][0]["value"] = "/restart"

    await stage.press(pressed)

    await eventually(lambda: len(stage.slack.posted) == 2)
    assert stage.agent.heard == ["hello"]
    assert "not one of my buttons" in stage.slack.posted[1].words


async def test_a_site_may_be_chosen_by_its_number(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "foot_site")]
    await stage.send(event("hello"))
    await eventually(lambda: stage.slack.posted)

    await stage.send(event("2"))

    await eventually(lambda: len(stage.agent.heard) == 2)
    second = cards.payload_of(
        knowledge.questions["foot_site"], knowledge.questions["foot_site"].options[1].tells
    )
    assert stage.agent.heard[1] == second


# What goes out


def every_reply(knowledge: Knowledge) -> list[dict[str, Any]]:
    region = knowledge.regions["US"]
    replies = [cards.question(q, q.ask) for q in knowledge.questions.values()]
    replies += [cards.urgent_care(f, region, knowledge) for f in knowledge.red_flags.values()]
    replies += [cards.safety_check(f, region) for f in knowledge.red_flags.values()]
    replies += [cards.topic_answer(t, more, knowledge) for t in knowledge.topics.values() for more in (0, 1)]
    replies.append(cards.referral_card({}, knowledge, region))
    return replies


def test_every_card_is_shown_whole_and_within_slacks_limits(knowledge: Knowledge):
    for reply in every_reply(knowledge):
        messages = messages_of(line_of(reply["text"], reply["buttons"], reply["custom"]), "tag")
        blocks = [block for message in messages for block in message.blocks]
        shown = "\n".join(message.text for message in messages)

        assert [fault for block in blocks if (fault := block_fault(block))] == []
        assert len(values(blocks)) == len(reply["buttons"])
        for word in reply["text"].split():
            assert word.strip("-+.;") in shown.replace("&amp;", "&").replace("*", ""), reply["text"]


def values(blocks: list[dict[str, Any]]) -> list[str]:
    elements = [e for block in blocks if block["type"] == "actions" for e in block["elements"]]
    return [option["value"] for e in elements for option in e.get("options", [e])]


def test_more_than_five_buttons_stand_in_rows(knowledge: Knowledge):
    reply = question_reply(knowledge, "foot_site")

    (message,) = messages_of(line_of(reply["text"], reply["buttons"], reply["custom"]), "tag")

    rows = [len(b["elements"]) for b in message.blocks if b["type"] == "actions"]
    assert rows == [5, 5, 2]
    assert values(message.blocks) == [b["payload"] for b in reply["buttons"]]
    assert "1. " in message.text


def test_very_many_choices_become_a_menu():
    buttons = [{"title": f"Choice {n} " + "x" * 80, "payload": f"/p{n}"} for n in range(120)]

    (message,) = messages_of(line_of("Which?", buttons, {"card": "question", "id": "a"}), "tag")

    assert [b["elements"][0]["type"] for b in message.blocks[1:]] == ["static_select"] * 2
    assert [block_fault(b) for b in message.blocks] == [None] * 3
    assert len(values(message.blocks)) == 120


def test_a_very_long_text_is_cut_at_sentences():
    text = " ".join(f"This is sentence {n} & it ends." for n in range(2000))

    messages = messages_of(line_of(text, None, {"card": "notice", "id": "long"}), "tag")

    sections = [b["text"]["text"] for m in messages for b in m.blocks]
    assert len(messages) > 1
    assert all(block_fault(b) is None for m in messages for b in m.blocks)
    assert all(section.endswith("ends.") for section in sections)
    assert " ".join(sections).replace("&amp;", "&") == text


def test_what_a_person_wrote_cannot_call_a_channel():
    (message,) = messages_of(line_of("You wrote <!channel> & <@U1>", None, {}), "tag")

    assert "<" not in json.dumps(message.blocks)


async def test_the_picture_of_the_feet_goes_before_its_question(stage: Stage, knowledge: Knowledge):
    stage.agent.script = lambda message: [question_reply(knowledge, "foot_site")]

    await stage.send(event("hello"))

    await eventually(lambda: stage.slack.posted)
    assert stage.slack.files == [(PICTURES / "both.png").read_bytes()]
    assert stage.slack.of("files.completeUploadExternal")[0].at < stage.slack.posted[0].at


async def test_the_page_to_bring_along_comes_as_pdf_too(stage: Stage):
    stage.agent.script = lambda message: [PAGE]

    await stage.send(event(f"<@{BOT}> summary", type="app_mention", channel="C1", channel_type=None))

    await eventually(lambda: stage.slack.posted)
    (file,) = stage.slack.files
    (shared,) = stage.slack.of("files.completeUploadExternal")
    assert file.startswith(b"%PDF-")
    assert shared.fields["channel_id"] == "C1"
    assert shared.fields["thread_ts"] == stage.slack.posted[0].fields["thread_ts"]
    assert "page to bring along" in stage.slack.posted[0].words


async def test_without_the_pdf_the_page_comes_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attachments, "page_pdf", lambda sections, day: 1 / 0)
    stage.agent.script = lambda message: [PAGE]

    await stage.send(event("summary"))

    await eventually(lambda: stage.slack.posted)
    assert stage.slack.files == []
    assert "page to bring along" in stage.slack.posted[0].words


# When things go wrong


async def test_a_failing_turn_gets_a_kind_answer(stage: Stage):
    def fail(message: Any) -> list[dict[str, Any]]:
        raise RuntimeError("broken")

    stage.agent.script = fail
    await stage.send(event("hello"))

    await eventually(lambda: stage.slack.posted)
    assert stage.slack.posted[0].words == SORRY


async def test_a_database_out_of_reach_does_not_stop_the_answer(stage: Stage):
    stage.agent.tracker_store.down = True

    await stage.send(event("hello"))

    await eventually(lambda: stage.slack.posted)
    assert stage.agent.heard == ["hello"]


async def test_slacks_own_trouble_loses_nothing_and_doubles_nothing(stage: Stage):
    stage.slack.troubles = [
        web.Response(status=500, text="<html>oops</html>"),
        web.json_response({"ok": False, "error": "internal_error"}, status=503),
        web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"}),
    ]
    await stage.send(event("first"))
    await stage.send(event("second"))

    await eventually(lambda: len(stage.slack.posted) == 2)
    await settled()
    assert [call.words for call in stage.slack.posted] == ["You said: first", "You said: second"]


async def test_slacks_wish_to_wait_is_obeyed(stage: Stage):
    stage.slack.troubles = [
        web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
    ]
    began = time.monotonic()

    await stage.send(event("hello"))

    await eventually(lambda: stage.slack.posted)
    assert stage.slack.posted[0].at - began >= 1.0


async def test_a_message_that_slack_will_never_take_is_given_up(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    stage.slack.troubles = [web.json_response({"ok": False, "error": "channel_not_found"})]
    with caplog.at_level(logging.INFO):
        await stage.send(event("a very private sentence"))
        await stage.send(event("another"))
        await eventually(lambda: stage.slack.posted)

    assert "channel_not_found" in caplog.text
    assert "private sentence" not in caplog.text


async def test_a_refused_token_is_one_clear_line(
    stage: Stage, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    stage.slack.refused_token = True
    channel = SlackInput(TOKEN, SIGNING_SECRET, f"{stage.slack.url}api/", f"sqlite:///{tmp_path / 'b.db'}")

    async with serving(channel, StubAgent()):
        await eventually(lambda: "SLACK_BOT_TOKEN" in caplog.text)

    assert "Traceback" not in caplog.text
    assert "docs/slack.md" in caplog.text


async def test_the_server_starts_without_slack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "AT_THE_END", 0.2)
    channel = SlackInput(TOKEN, SIGNING_SECRET, "http://127.0.0.1:9/", f"sqlite:///{tmp_path / 'b.db'}")
    body = json.dumps(event("hello"))

    async with serving(channel, StubAgent()) as address, aiohttp.ClientSession() as http:
        headers = {"Content-Type": "application/json", **signed(body)}
        async with http.post(f"{address}/webhooks/slack/webhook", data=body, headers=headers) as answer:
            assert answer.status == 200


async def test_a_flood_is_slowed_down_with_one_word_about_it(stage: Stage):
    for number in range(45):
        await stage.send(event(f"message {number}"))

    await eventually(lambda: len(stage.slack.posted) >= 41)
    await settled()
    assert len(stage.agent.heard) == 40
    assert len([c for c in stage.slack.posted if "a lot at once" in c.words]) == 1


async def test_who_asks_for_it_is_forgotten(stage: Stage):
    stage.agent.script = lambda message: [FORGOTTEN]

    await stage.send(event("delete my data"))

    await eventually(lambda: stage.agent.tracker_store.deleted)
    assert stage.agent.tracker_store.deleted == [stage.agent.messages[0].sender_id]


# The app


def test_the_manifest_asks_for_what_the_channel_uses_and_no_more():
    manifest = yaml.safe_load((ROOT / "deploy" / "slack_manifest.yml").read_text())

    settings = manifest["settings"]
    assert settings["event_subscriptions"]["request_url"].endswith("/webhooks/slack/webhook")
    assert settings["interactivity"]["request_url"].endswith("/webhooks/slack/webhook")
    assert set(settings["event_subscriptions"]["bot_events"]) == {
        *("app_home_opened", "app_mention", "message.im", "message.channels", "message.groups"),
    }
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        *("app_mentions:read", "chat:write", "files:write", "im:history", "channels:history"),
        "groups:history",
    }
