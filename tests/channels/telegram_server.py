"""A local Bot API: as strict as Telegram about lengths and fields, and keeps what it was sent."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

TOKEN = "4242:AAbb_cc-dd"
SECRET = "a-secret_of-our-own"
FIELDS = {
    "getMe": set(),
    "sendMessage": {"chat_id", "text", "reply_markup", "link_preview_options"},
    "sendPhoto": {"chat_id", "photo"},
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id"},
    "editMessageText": {"chat_id", "message_id", "text"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
    "setWebhook": {"url", "secret_token", "allowed_updates"},
    "setMyCommands": {"commands"},
    "deleteWebhook": {"drop_pending_updates"},
    "getUpdates": {"offset", "timeout", "allowed_updates"},
}


@dataclass(frozen=True)
class Call:
    """A call of the Bot API, as it came in."""

    method: str
    fields: dict[str, Any]
    at: float

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
        is_json = request.content_type == "application/json"
        fields = await request.json() if is_json else dict(await request.post())
        if method == "sendMessage" and self.troubles:
            return self.troubles.pop(0)
        fault = fault_of(method, fields)
        if fault:
            self.faults.append(f"{method}: {fault}")
            return answer(400, f"Bad Request: {fault}")
        self.calls.append(Call(method, fields, time.monotonic()))
        return web.json_response({"ok": True, "result": self._result(method, fields)})

    def _result(self, method: str, fields: dict[str, Any]) -> Any:
        if method == "getMe":
            return {"id": 4242, "is_bot": True, "username": "SoleSpineBot"}
        if method == "getUpdates":
            return [u for u in self.updates if u["update_id"] >= fields["offset"]]
        if method in ("sendMessage", "sendPhoto"):
            return {"message_id": next(self._ids), "chat": {"id": fields["chat_id"]}}
        return True


def fault_of(method: str, fields: dict[str, Any]) -> str | None:
    """Return what Telegram would not take of a call."""
    if method not in FIELDS:
        return f"unknown method {method}"
    if set(fields) - FIELDS[method]:
        return f"unknown fields {set(fields) - FIELDS[method]}"
    if "text" in fields and not 1 <= len(fields["text"].encode("utf-16-le")) // 2 <= 4096:
        return "message is too long or empty"
    for row in (fields.get("reply_markup") or {}).get("inline_keyboard", []):
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64 or not button["text"]:
                return "BUTTON_DATA_INVALID"
    return None


_updates = itertools.count(1000)


def update(**content: Any) -> dict[str, Any]:
    """Return an update of a number of its own."""
    return {"update_id": next(_updates), **content}


def message(said: str | None = "hello", where: str = "private", **more: Any) -> dict[str, Any]:
    """Return a person's message in a chat of this type."""
    content = {
        "message_id": 5,
        "date": 1700000000,
        "from": {"id": 77, "is_bot": False, "first_name": "Ann"},
        "chat": {"id": 77 if where == "private" else -100, "type": where},
        **({} if said is None else {"text": said}),
        **more,
    }
    return update(message=content)


def press(call: Call, data: str, number: int = 100, query: str = "q1") -> dict[str, Any]:
    """Return the update of a button pressed under a message of ours."""
    fields = {name: call.fields[name] for name in ("text", "reply_markup")}
    shown = {"message_id": number, "chat": {"id": 77, "type": "private"}, **fields}
    return update(callback_query={"id": query, "from": {"id": 77}, "message": shown, "data": data})
