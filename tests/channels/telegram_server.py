"""A local Bot API: as strict as Telegram about lengths and fields, and keeps what it was sent."""

from __future__ import annotations

import itertools
import json
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from telegram import CallbackQuery, Chat, InlineKeyboardMarkup, Message, Update, User

TOKEN = "4242:AAbb_cc-dd"
SECRET = "a-secret_of-our-own"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = {
    "getMe": set(),
    "sendMessage": {"chat_id", "text", "reply_markup", "link_preview_options"},
    "sendPhoto": {"chat_id", "photo"},
    "sendDocument": {"chat_id", "document"},
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id"},
    "editMessageText": {"chat_id", "message_id", "text"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
    "setWebhook": {"url", "secret_token", "allowed_updates"},
    "setMyCommands": {"commands"},
    "deleteWebhook": {"drop_pending_updates"},
    "getUpdates": {"offset", "timeout", "allowed_updates"},
}


BOT = User(4242, "Sole & Spine", is_bot=True, username="SoleSpineBot")
ANN = User(77, "Ann", is_bot=False)


@dataclass(frozen=True)
class File:
    """A file that was sent along."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """A call of the Bot API, as it came in."""

    method: str
    fields: dict[str, Any]
    at: float
    number: int = 0
    """The number of the message that it made."""

    @property
    def buttons(self) -> list[dict[str, str]]:
        rows = (self.fields.get("reply_markup") or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


def answer(status: int, description: str = "", **more: Any) -> web.Response:
    """Return an error as Telegram words it."""
    body = {"ok": False, "error_code": status, "description": description, **more}
    return web.json_response(body, status=status)


class TelegramServer:
    """Answers the Bot API; `troubles` are answered first, one a message."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.attempts: list[tuple[str, float]] = []
        self.faults: list[str] = []
        self.troubles: list[web.Response] = []
        self.updates: list[dict[str, Any]] = []
        self._ids = itertools.count(100)
        self._port = 0

    async def __aenter__(self) -> TelegramServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Answer on the same port as before, if there was one."""
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/bot{token}/{method}", self._call)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def texts(self) -> list[str]:
        return [call.fields["text"] for call in self.of("sendMessage")]

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.attempts.append((method, time.monotonic()))
        if request.match_info["token"] != TOKEN:
            return answer(401, "Unauthorized")
        fields = await fields_of(request)
        if method == "sendMessage" and self.troubles:
            return self.troubles.pop(0)
        fault = fault_of(method, fields)
        if fault:
            self.faults.append(f"{method}: {fault}")
            return answer(400, f"Bad Request: {fault}")
        result = self._result(method, fields)
        number = result["message_id"] if method.startswith("send") and method != "sendChatAction" else 0
        self.calls.append(Call(method, fields, time.monotonic(), number))
        return web.json_response({"ok": True, "result": result})

    def _result(self, method: str, fields: dict[str, Any]) -> Any:
        if method == "getMe":
            return BOT.to_dict()
        if method == "getUpdates":
            return [u for u in self.updates if u["update_id"] >= fields["offset"]]
        if method in ("sendMessage", "sendPhoto", "sendDocument"):
            chat = Chat(fields["chat_id"], Chat.PRIVATE)
            return Message(next(self._ids), NOW, chat, from_user=BOT, text=fields.get("text")).to_dict()
        return True


async def fields_of(request: web.Request) -> dict[str, Any]:
    """Return a call's fields, however they were sent; a file with its name and content."""
    if request.content_type == "application/json":
        return await request.json()
    return {
        name: File(value.filename, value.content_type, value.file.read())
        if isinstance(value, web.FileField)
        else json.loads(value)
        for name, value in (await request.post()).items()
    }


def fault_of(method: str, fields: dict[str, Any]) -> str | None:
    """Return what Telegram would not take of a call."""
    if method not in FIELDS:
        return f"unknown method {method}"
    if set(fields) - FIELDS[method]:
        return f"unknown fields {set(fields) - FIELDS[method]}"
    if "chat_id" in FIELDS[method] and not isinstance(fields.get("chat_id"), int):
        return "chat not found"
    if method == "sendPhoto":
        return photo_fault(fields["photo"])
    if method == "sendDocument" and not 0 < len(fields["document"].content) <= 50_000_000:
        return "file must be non-empty and at most 50 MB"
    if "text" in fields and not 1 <= len(fields["text"].encode("utf-16-le")) // 2 <= 4096:
        return "message is too long or empty"
    for row in (fields.get("reply_markup") or {}).get("inline_keyboard", []):
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64 or not button["text"]:
                return "BUTTON_DATA_INVALID"
    return None


def photo_fault(photo: File) -> str | None:
    """Return what Telegram would not take of a photo."""
    if len(photo.content) > 10_000_000 or not photo.content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "IMAGE_PROCESS_FAILED"
    width, height = struct.unpack(">II", photo.content[16:24])
    if width + height > 10_000 or not 1 / 20 <= width / height <= 20:
        return "PHOTO_INVALID_DIMENSIONS"
    return None


_updates = itertools.count(1000)


def update(**content: Any) -> dict[str, Any]:
    """Return an update of a number of its own, as Telegram sends it."""
    return Update(next(_updates), **content).to_dict()


def message(said: str | None = "hello", where: str = Chat.PRIVATE, **more: Any) -> dict[str, Any]:
    """Return a person's message in a chat of this type."""
    return update(message=written(said, where, **more))


def written(said: str | None = "hello", where: str = Chat.PRIVATE, **more: Any) -> Message:
    chat = Chat(ANN.id if where == Chat.PRIVATE else -100, where)
    return Message(**{"message_id": 5, "date": NOW, "chat": chat, "from_user": ANN, "text": said, **more})


def press(call: Call, data: str, query: str = "q1", who: User = ANN) -> dict[str, Any]:
    """Return the update of a button pressed under a message of ours."""
    shown = written(
        call.fields["text"],
        message_id=call.number,
        chat=Chat(who.id, Chat.PRIVATE),
        from_user=BOT,
        reply_markup=InlineKeyboardMarkup.de_json(call.fields["reply_markup"], None),
    )
    return update(callback_query=CallbackQuery(query, who, "1", message=shown, data=data))
