"""The Telegram door: updates in, messages with keyboards out."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse, text

from bot.channels.attachments import File
from bot.channels.delivery import Later, Undeliverable
from bot.channels.desk import BODY_AT_MOST, WORDS_ONLY, Arrival, Desk, Pressed, Said, opaque
from bot.channels.messenger import Letters, Messenger
from bot.channels.telegram_api import TelegramApi
from bot.channels.telegram_keys import Payloads, messages_of, with_choice
from bot.channels.turns import Handler, Line, notice
from bot.knowledge.reader import read_knowledge

logger = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
COMMANDS = {
    "start": ("/greet", "Begin the talk"),
    "help": (None, "What I can do"),
    "stop": ("/stop", "Stop the questions"),
    "summary": ("/summary_please", "A page to bring along"),
    "forget": ("/delete_my_data", "Delete this conversation"),
}
_COMMAND = re.compile(r"^/([a-z]+)(?:@(\w+))?(?:\s|$)", re.IGNORECASE)
# What a person may send besides text; everything else in a chat is the chat's own business.
WORDLESS = (
    *("photo", "voice", "audio", "video", "video_note", "sticker", "document", "animation", "story"),
    *("location", "venue", "contact", "poll", "dice", "paid_media", "checklist", "game", "live_photo"),
)
HELP = (
    "Tell me in your own words what is going on with your feet, and how your back is. You can also ask "
    "me a question. I give general health information and cannot examine you. If you feel very unwell, "
    "call your local emergency number.\n\n"
    + "\n".join(f"/{name}: {title}" for name, (_, title) in COMMANDS.items())
)
IN_PRIVATE = (
    "Health is a private matter, so I talk in private only. Please write to me here: {link}\n"
    "If you feel very unwell, call your local emergency number now."
)
Update = dict[str, Any]


class TelegramReplies(Letters):
    """A turn's replies for one chat."""

    def __init__(self, api: TelegramApi, desk: Desk, sender: str, chat: int) -> None:
        super().__init__(desk, sender)
        self._api, self._chat = api, chat

    @classmethod
    def name(cls) -> str:
        return "telegram"

    def messages(self, line: Line) -> list[dict[str, Any]]:
        return messages_of(line)

    async def show(self, file: File) -> None:
        method = "sendPhoto" if file.is_picture else "sendDocument"
        await self._api.call(method, {"chat_id": self._chat}, file)

    async def post(self, fields: dict[str, Any], question: bool) -> None:
        message = await self._api.call("sendMessage", {"chat_id": self._chat, **fields})
        if question and isinstance(message, dict):
            self._desk.keep_open(self._sender, message.get("message_id"))


class TelegramInput(Messenger):
    """Messages and buttons come in at one webhook."""

    service = "Telegram"
    _api: TelegramApi

    def __init__(self, bot_token: str, secret_token: str, api_url: str, database_url: str) -> None:
        super().__init__(TelegramApi(bot_token, api_url), database_url)
        self._token, self._secret = bot_token, secret_token
        self._payloads = Payloads(read_knowledge())
        self._name: str | None = None

    async def introduce(self) -> None:
        await self._username()

    async def _username(self) -> str:
        if self._name is None:
            self._name = str((await self._api.call("getMe")).get("username", ""))
        return self._name

    def receive(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        if len(request.body) > BODY_AT_MOST:
            return text("This is too long.", 413)
        given = request.headers.get(SECRET_HEADER) or ""
        if not hmac.compare_digest(given.encode(errors="replace"), self._secret.encode()):
            logger.warning("Telegram: a request without the secret token was refused.")
            return text("The secret token is not valid.", 403)
        try:
            arrival = self._arrival(json.loads(request.body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            # Telegram would send a refused update again and again.
            logger.warning("Telegram: an update of an unknown form was left out (%s).", type(error).__name__)
            return text("")
        if arrival:
            self._desk.take(request.app, arrival, on_new_message)
        return text("")

    def _arrival(self, update: Update) -> Arrival | None:
        key = f"telegram:{self._bot}:{int(update['update_id'])}"
        if "callback_query" in update:
            return self._press(update["callback_query"], key)
        if "message" in update:
            return self._message(update["message"], key)
        # Edited messages, channel posts, polls, members coming and going.
        return None

    @property
    def _bot(self) -> str:
        """Our own id: the token begins with it."""
        return self._token.partition(":")[0]

    def _message(self, message: Update, key: str) -> Arrival | None:
        chat = message["chat"]
        if (message.get("from") or {}).get("is_bot"):
            return None
        if chat["type"] in ("group", "supergroup"):
            return self._in_group(message, key)
        if chat["type"] != "private":
            return None
        said = message.get("text") or message.get("caption")
        if not said and not any(kind in message for kind in WORDLESS):
            return None
        sender = self._sender(chat["id"])
        keys: tuple[str, ...] = (key,)
        if "media_group_id" in message and not said:
            # The pictures of an album come one by one; one word about them is enough.
            keys = (key, self._secretly("album", chat["id"], message["media_group_id"]))
        return Arrival(
            sender=sender,
            keys=keys,
            what=_said(said) if said else partial(notice, WORDS_ONLY, "words_only"),
            replies=self._replies(sender, chat["id"]),
            opening=partial(self._open_turn, sender, chat["id"]),
        )

    def _in_group(self, message: Update, key: str) -> Arrival | None:
        """Invite to a private chat who speaks to us in a group; nothing of it is kept."""
        chat, sender = message["chat"]["id"], self._sender(message["chat"]["id"])
        return Arrival(
            sender=sender,
            keys=(key,),
            what=lambda: notice(IN_PRIVATE.format(link=f"https://t.me/{self._name}"), "in_private"),
            replies=self._replies(sender, chat),
            wanted=partial(self._spoken_to, message),
        )

    async def _spoken_to(self, message: Update) -> bool:
        try:
            name = (await self._username()).lower()
        except (Later, Undeliverable):
            return False
        replied = (message.get("reply_to_message") or {}).get("from") or {}
        if str(replied.get("id")) == self._bot:
            return True
        said = message.get("text") or message.get("caption") or ""
        command = _COMMAND.match(said)
        if command and command[2]:
            return command[2].lower() == name
        return bool(command and command[1].lower() in COMMANDS) or _names(said, name)

    def _press(self, query: Update, key: str) -> Arrival | None:
        message, data = query.get("message") or {}, query.get("data")
        if self._desk.duplicates.here(f"telegram:callback:{query['id']}"):
            self._desk.start(self._quietly("answerCallbackQuery", {"callback_query_id": query["id"]}))
        chat = message.get("chat") or {}
        if not isinstance(data, str) or chat.get("type") != "private":
            return None
        sender = self._sender(chat["id"])
        return Arrival(
            sender=sender,
            # A message's buttons count once: a double click is one answer.
            keys=(key, self._secretly("press", chat["id"], message["message_id"])),
            what=Pressed(self._payloads.of(data), under=message.get("text") or ""),
            replies=self._replies(sender, chat["id"]),
            opening=partial(self._show_choice, sender, message, data),
        )

    def _sender(self, chat: int) -> str:
        return opaque("telegram", self._token, str(chat))

    def _secretly(self, *parts: object) -> str:
        """Return an event's key from which nobody can find the chat."""
        return opaque("telegram", self._token, *map(str, parts))

    def _replies(self, sender: str, chat: int) -> TelegramReplies:
        return TelegramReplies(self._api, self._desk, sender, chat)

    def _open_turn(self, sender: str, chat: int) -> None:
        """Take the buttons off the question that the person answers in words; say that we write."""
        open_message = self._desk.pop_open(sender)
        if open_message:
            self._take_buttons_off(sender, chat, open_message)
        self._type(sender, chat)

    def _show_choice(self, sender: str, message: Update, data: str) -> None:
        """Put the choice where the buttons were."""
        chat, number = message["chat"]["id"], message["message_id"]
        open_message = self._desk.pop_open(sender)
        if open_message and open_message != number:
            self._take_buttons_off(sender, chat, open_message)
        fields = with_choice(message, data)
        if fields:
            fields = {"chat_id": chat, "message_id": number, **fields}
            self._desk.outbox.put(sender, partial(self._edit, "editMessageText", fields), patience=0)
        else:
            self._take_buttons_off(sender, chat, number)
        self._type(sender, chat)

    def _take_buttons_off(self, sender: str, chat: int, number: int) -> None:
        fields = {"chat_id": chat, "message_id": number}
        self._desk.outbox.put(sender, partial(self._edit, "editMessageReplyMarkup", fields), patience=0)

    async def _edit(self, method: str, fields: dict[str, Any]) -> None:
        await self._api.call(method, fields)

    def _type(self, sender: str, chat: int) -> None:
        if not self._desk.outbox.quiet(sender):
            self._desk.start(self._quietly("sendChatAction", {"chat_id": chat, "action": "typing"}))

    async def _quietly(self, method: str, fields: dict[str, Any]) -> None:
        """Call for what only helps: one try."""
        try:
            await self._api.call(method, fields)
        except (Later, Undeliverable) as error:
            logger.info("Telegram did not take %s: %s.", method, error)


def _names(said: str, name: str) -> bool:
    """Return True where a text speaks to the bot of this name: "@feetbot, my heel hurts"."""
    return bool(name and re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", said, re.IGNORECASE))


def _said(said: str) -> Said | Pressed | Callable[[], Line]:
    command = _COMMAND.match(said)
    if not command or command[1].lower() not in COMMANDS:
        return Said(said)
    payload = COMMANDS[command[1].lower()][0]
    return Pressed(payload) if payload else partial(notice, HELP, "help")
