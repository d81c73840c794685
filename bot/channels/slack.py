"""The Slack door: events and buttons in, Block Kit out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, text
from slack_sdk.signature import SignatureVerifier

from bot.channels.attachments import File
from bot.channels.delivery import Later, Undeliverable
from bot.channels.desk import BODY_AT_MOST, WORDS_ONLY, Arrival, Desk, Pressed, Said, opaque
from bot.channels.messenger import Letters, Messenger
from bot.channels.slack_api import SlackApi
from bot.channels.slack_blocks import Message, chosen, messages_of, spoken, title_of
from bot.channels.slack_text import words_of
from bot.channels.turns import Handler, Line, notice, tracker_of

logger = logging.getLogger(__name__)
# What a person writes; joins, edits, deletions and the like have other subtypes.
WRITTEN = {None, "file_share", "thread_broadcast"}
NOT_YOURS = "These buttons belong to somebody else's talk. Mention me to begin your own."
REFUSED = {"X-Slack-No-Retry": "1"}
Event = dict[str, Any]


class SlackReplies(Letters):
    """A turn's replies for one place in Slack."""

    def __init__(self, api: SlackApi, desk: Desk, sender: str, channel: str, thread: str | None) -> None:
        super().__init__(desk, sender)
        self._api = api
        self._place = {"channel": channel, **({"thread_ts": thread} if thread else {})}

    @classmethod
    def name(cls) -> str:
        return "slack"

    def messages(self, line: Line) -> list[Message]:
        return messages_of(line, tag_of(self._sender))

    async def show(self, file: File) -> None:
        await self._api.upload(file, **self._place)

    async def post(self, message: Message, question: bool) -> None:
        answer = await self._api.call(
            "chat.postMessage",
            **self._place,
            text=message.text,
            blocks=message.blocks,
            unfurl_links=False,
            unfurl_media=False,
        )
        if question and message.has_buttons and answer.get("ts"):
            self._desk.keep_open(self._sender, (self._place["channel"], answer["ts"], message.blocks))


class SlackInput(Messenger):
    """Events and buttons come in at one webhook."""

    service = "Slack"
    _api: SlackApi

    def __init__(self, bot_token: str, signing_secret: str, api_url: str, database_url: str) -> None:
        super().__init__(SlackApi(bot_token, api_url), database_url)
        self._secret = bot_token
        self._verifier = SignatureVerifier(signing_secret)
        self._bot: str | None = None

    async def introduce(self) -> None:
        self._bot = (await self._api.call("auth.test")).get("user_id")

    def receive(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        if len(request.body) > BODY_AT_MOST:
            return text("This is too long.", 413, REFUSED)
        if not self._signed(request):
            logger.warning("Slack: a request without a valid signature was refused.")
            return text("The signature is not valid.", 401, REFUSED)
        try:
            sent = _read(request)
            if sent.get("type") == "url_verification":
                return text(str(sent["challenge"]))
            arrival = self._arrival(request.app, sent)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            logger.warning("Slack: an event of an unknown form was left out (%s).", type(error).__name__)
            return text("This is no event that I know.", 400, REFUSED)
        if arrival:
            self._desk.take(request.app, arrival, on_new_message)
        return text("")

    def _signed(self, request: Request) -> bool:
        try:
            return self._verifier.is_valid_request(request.body, dict(request.headers))
        except (ValueError, TypeError):
            # A timestamp that is no number, a signature or a body that is no text.
            return False

    def _arrival(self, app: Sanic, sent: Event) -> Arrival | None:
        if sent.get("type") == "block_actions":
            return self._press(sent)
        if sent.get("type") != "event_callback":
            return None
        if sent["event"]["type"] == "app_home_opened":
            return self._opened(app, sent)
        return self._message(app, sent)

    def _message(self, app: Sanic, sent: Event) -> Arrival | None:
        event, bot = sent["event"], _bot_of(sent) or self._bot
        if event["type"] not in ("message", "app_mention") or not _by_a_person(event, bot):
            return None
        said = event.get("text") or ""
        direct, thread = _direct(event), event.get("thread_ts")
        mentioned = event["type"] == "app_mention" or (bot is not None and f"<@{bot}>" in said)
        if not direct and not mentioned and (not thread or said.startswith("<@")):
            return None
        team, channel, user = sent["team_id"], event["channel"], event["user"]
        root = None if direct else thread or event["ts"]
        sender = self._sender(team, channel, user, root)
        return Arrival(
            sender=sender,
            # A mention comes as two events with two ids, but with one time.
            keys=(f"slack:{sent['event_id']}", f"slack:{team}:{channel}:{event['ts']}"),
            what=_said(event, mentioned and not direct),
            replies=self._replies(sender, channel, thread if direct else root),
            wanted=None if direct or mentioned else partial(self._known, app, sender),
            opening=partial(self._close_question, sender),
        )

    def _opened(self, app: Sanic, sent: Event) -> Arrival | None:
        """Welcome a person who opens our messages for the first time."""
        event = sent["event"]
        if event.get("tab") != "messages":
            return None
        sender = self._sender(sent["team_id"], event["channel"], event["user"], None)

        async def first_time() -> bool:
            return not await self._known(app, sender)

        return Arrival(
            sender=sender,
            keys=(f"slack:{sent['event_id']}",),
            what=Pressed("/greet"),
            replies=self._replies(sender, event["channel"], None),
            wanted=first_time,
        )

    def _press(self, sent: Event) -> Arrival | None:
        action, message, channel = sent["actions"][0], sent["message"], sent["channel"]["id"]
        team = (sent.get("team") or {}).get("id") or sent["user"]["team_id"]
        user, thread = sent["user"]["id"], message.get("thread_ts")
        root = None if channel.startswith("D") else thread or message["ts"]
        sender = self._sender(team, channel, user, root)
        if action["block_id"].partition(".")[0] != tag_of(sender):
            self._desk.start(self._tell_stranger(channel, user, thread))
            return None
        value = action.get("value") or action["selected_option"]["value"]
        return Arrival(
            sender=sender,
            # A message's buttons count once: neither a double click nor a replay answers twice.
            keys=(opaque("slack", self._secret, "press", team, channel, message["ts"]),),
            what=Pressed(value, under=message.get("text") or ""),
            replies=self._replies(sender, channel, root or thread),
            opening=partial(self._show_choice, sender, channel, message, value),
        )

    def _sender(self, team: str, channel: str, user: str, root: str | None) -> str:
        """A person has one talk in direct messages, and one in each thread of a channel."""
        if root is None:
            return opaque("slack", self._secret, team, user, "")
        return opaque("slack", self._secret, team, channel, root, user)

    async def _known(self, app: Sanic, sender: str) -> bool:
        return self._desk.met(sender) or await tracker_of(app, sender) is not None

    def _replies(self, sender: str, channel: str, thread: str | None) -> SlackReplies:
        return SlackReplies(self._api, self._desk, sender, channel, thread)

    def _close_question(self, sender: str) -> None:
        """Take the buttons off the question that the person answers in words."""
        open_message = self._desk.pop_open(sender)
        if open_message:
            channel, ts, blocks = open_message
            self._update(sender, channel, ts, chosen(blocks, None))

    def _show_choice(self, sender: str, channel: str, message: Event, value: str) -> None:
        """Put the choice where the buttons were."""
        blocks = message.get("blocks") or []
        open_message = self._desk.pop_open(sender)
        if open_message and open_message[1] != message["ts"]:
            self._update(sender, open_message[0], open_message[1], chosen(open_message[2], None))
        self._update(sender, channel, message["ts"], chosen(blocks, title_of(blocks, value)))

    def _update(self, sender: str, channel: str, ts: str, blocks: list[Event]) -> None:
        if not blocks:
            return

        async def update() -> None:
            await self._api.call("chat.update", channel=channel, ts=ts, text=spoken(blocks), blocks=blocks)

        self._desk.outbox.put(sender, update, patience=0)

    async def _tell_stranger(self, channel: str, user: str, thread: str | None) -> None:
        place = {"channel": channel, "user": user, **({"thread_ts": thread} if thread else {})}
        try:
            await self._api.call("chat.postEphemeral", **place, text=NOT_YOURS)
        except (Later, Undeliverable) as error:
            logger.info("Slack did not take a hint: %s.", error)


def tag_of(sender: str) -> str:
    """Return the mark on a conversation's buttons: whose they are."""
    return sender[-16:]


def _read(request: Request) -> Event:
    body = request.body.decode()
    if (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        body = parse_qs(body)["payload"][0]
    sent = json.loads(body)
    if not isinstance(sent, dict):
        raise TypeError("an event is an object")
    return sent


def _bot_of(sent: Event) -> str | None:
    """Return who we are in this event."""
    return next((a.get("user_id") for a in sent.get("authorizations") or [] if a.get("is_bot")), None)


def _by_a_person(event: Event, bot: str | None) -> bool:
    return (
        event.get("subtype") in WRITTEN
        and not event.get("bot_id")
        and bool(event.get("user"))
        and event["user"] not in (bot, "USLACKBOT")
    )


def _direct(event: Event) -> bool:
    return event.get("channel_type") == "im" or str(event["channel"]).startswith("D")


def _said(event: Event, mentioned: bool) -> Said | Pressed | Callable[[], Line]:
    words = words_of(event.get("text") or "")
    if words:
        return Said(words)
    if event.get("files"):
        return partial(notice, WORDS_ONLY, "words_only")
    return Pressed("/greet") if mentioned else Said(words)
