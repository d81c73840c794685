"""A local Slack: checks tokens and Block Kit limits as strictly as Slack does, and keeps what it was sent."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

TOKEN = "xoxb-12-34-abc"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT, TEAM = "UBOT", "T1"


@dataclass(frozen=True)
class Call:
    """A call of the Web API, as it came in."""

    method: str
    fields: dict[str, Any]
    at: float
    ts: str = ""
    """The number of the message that it made."""

    @property
    def buttons(self) -> list[dict[str, Any]]:
        rows = [b for b in self.fields.get("blocks", []) if b["type"] == "actions"]
        return [element for row in rows for element in row["elements"]]

    @property
    def words(self) -> str:
        said = []
        for block in self.fields.get("blocks", []):
            if block["type"] in ("section", "header"):
                said.append(block["text"]["text"])
            elif block["type"] == "context":
                said += [e["text"] for e in block["elements"]]
        return "\n".join(said)


class SlackServer:
    """Answers the Web API; `troubles` are answered first, one a call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[str] = []
        self.troubles: list[web.Response] = []
        self.refused_token = False
        self.files: list[bytes] = []
        self._ts = itertools.count(1)
        self.url = ""

    async def __aenter__(self) -> SlackServer:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/api/{method}", self._call)
        app.router.add_post("/upload/{name}", self._upload)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def posted(self) -> list[Call]:
        return self.of("chat.postMessage")

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.content_type == "application/json":
            fields = await request.json()
        else:
            fields = dict(await request.post()) | dict(request.query)
        if method.startswith("chat.") and self.troubles:
            return self.troubles.pop(0)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or self.refused_token:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        fault = self._fault(method, fields)
        if fault:
            self.faults.append(f"{method}: {fault}")
            return web.json_response({"ok": False, "error": "invalid_blocks"})
        answer = self._answer(method, fields)
        self.calls.append(Call(method, fields, time.monotonic(), answer.get("ts", "")))
        return web.json_response({"ok": True, **answer})

    def _answer(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        if method == "auth.test":
            return {"user_id": BOT, "team_id": TEAM}
        if method == "files.getUploadURLExternal":
            return {"file_id": "F1", "upload_url": f"{self.url}upload/F1"}
        if method == "files.completeUploadExternal":
            return {"files": [{"id": "F1"}]}
        return {"channel": fields.get("channel"), "ts": f"1700000000.{next(self._ts):06d}"}

    async def _upload(self, request: web.Request) -> web.Response:
        self.files.append(await request.read())
        return web.Response(text="OK")

    def _fault(self, method: str, fields: dict[str, Any]) -> str | None:
        if not method.startswith("chat."):
            return None
        if not fields.get("channel") or not str(fields.get("text", "")).strip():
            return "channel and text are needed"
        if len(fields["text"]) > 4000:
            return "text is too long"
        blocks = fields.get("blocks", [])
        if len(blocks) > 50:
            return "more than 50 blocks"
        ids = [b["block_id"] for b in blocks if "block_id" in b]
        if len(ids) != len(set(ids)):
            return "a block_id stands twice"
        return next(filter(None, map(block_fault, blocks)), None)


def block_fault(block: dict[str, Any]) -> str | None:
    """Return what Slack would not take of a block; its own client has an opinion, too."""
    try:
        Block.parse(block).validate_json()
    except SlackObjectFormationError as error:
        return str(error)
    if len(block.get("block_id", "")) > 255:
        return "block_id over 255"
    match block["type"]:
        case "section":
            return text_fault(block["text"], 3000, ("mrkdwn", "plain_text"))
        case "header":
            return text_fault(block["text"], 150, ("plain_text",))
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                return "a context has 1 to 10 elements"
            faults = (text_fault(e, 3000, ("mrkdwn", "plain_text")) for e in block["elements"])
            return next(filter(None, faults), None)
        case "actions":
            return actions_fault(block["elements"])
        case "divider":
            return None if set(block) <= {"type", "block_id"} else "a divider holds nothing"
        case other:
            return f"unknown block {other}"


def actions_fault(elements: list[dict[str, Any]]) -> str | None:
    if not 1 <= len(elements) <= 25:
        return "actions have 1 to 25 elements"
    ids = [e["action_id"] for e in elements]
    if len(ids) != len(set(ids)) or any(len(i) > 255 for i in ids):
        return "action_id twice or over 255"
    return next(filter(None, map(element_fault, elements)), None)


def element_fault(element: dict[str, Any]) -> str | None:
    if element["type"] == "button":
        if len(element["value"]) > 2000:
            return "value over 2000"
        return text_fault(element["text"], 75, ("plain_text",))
    if element["type"] == "static_select":
        if not 1 <= len(element["options"]) <= 100:
            return "1 to 100 options"
        for option in element["options"]:
            if len(option["value"]) > 150:
                return "option value over 150"
            if fault := text_fault(option["text"], 75, ("plain_text",)):
                return fault
        return text_fault(element["placeholder"], 150, ("plain_text",))
    return f"unknown element {element['type']}"


def text_fault(text: dict[str, Any], most: int, kinds: tuple[str, ...]) -> str | None:
    if text["type"] not in kinds:
        return f"{text['type']} is not allowed here"
    if not 1 <= len(text["text"]) <= most:
        return f"text of {len(text['text'])}, at most {most}"
    if text["type"] == "mrkdwn" and "emoji" in text:
        return "mrkdwn has no emoji switch"
    return None


def signed(body: str, timestamp: int | str | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Return the headers that Slack signs a body with."""
    at = str(int(time.time()) if timestamp is None else timestamp)
    signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body)
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature or ""}


_events = itertools.count(1)


def event(said: str | None = "hello", **changes: Any) -> dict[str, Any]:
    """Return an event of a person's direct message; `changes` make it another one."""
    number = next(_events)
    inner = {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": "U1",
        "text": said,
        "ts": f"1690000000.{number:06d}",
        **changes,
    }
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": f"Ev{number}",
        "authorizations": [{"user_id": BOT, "is_bot": True, "team_id": TEAM}],
        "event": {name: value for name, value in inner.items() if value is not None},
    }


def press(message: Call, value: str, user: str = "U1") -> dict[str, Any]:
    """Return what Slack sends when a person chooses `value` under a message."""
    for block in message.fields["blocks"]:
        for element in block.get("elements", []):
            options = element.get("options", [element])
            if any(option.get("value") == value for option in options):
                chosen = {"value": value} if "value" in element else {"selected_option": {"value": value}}
                action = {"action_id": element["action_id"], "block_id": block["block_id"], **chosen}
    thread = {"thread_ts": message.fields["thread_ts"]} if "thread_ts" in message.fields else {}
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user},
        "channel": {"id": message.fields["channel"]},
        "message": {
            "ts": message.ts,
            "text": message.fields["text"],
            "blocks": message.fields["blocks"],
            **thread,
        },
        "actions": [{"type": "button", **action}],
    }
