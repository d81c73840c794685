"""The web door: NDJSON replies, history, forgetting, and the page itself."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.channels.guard import Guard, Incoming, Refused
from bot.channels.page import PDF_NAME, page_html, page_pdf
from bot.channels.session import COOKIE, Sessions
from bot.channels.turns import (
    NOT_DELETED,
    Handler,
    Lanes,
    Line,
    Replies,
    delete_talk,
    line_of,
    take_turn,
    tracker_of,
)
from bot.knowledge.reader import read_knowledge
from bot.settings import Settings
from bot.state.shared import Shared

logger = logging.getLogger(__name__)
WIDGET = Path(__file__).parent / "widget"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
BODY_AT_MOST = 64_000
NO_SUMMARY = "There is no summary yet. Ask for one in the talk: summary, please."
POLICY = "Content-Security-Policy"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}


class WebReplies(Replies):
    """Hands each reply on as a line of the answer, as soon as it is there."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: asyncio.Queue[Line | None] = asyncio.Queue()

    @classmethod
    def name(cls) -> str:
        return "web"

    async def hand_on(self, line: Line) -> None:
        await self.queue.put(line)


class WebInput(InputChannel):
    """POST /chat/message, GET /chat/history, POST /chat/forget, GET /chat/."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        knowledge = read_knowledge()
        self._guard = Guard(knowledge, Shared(settings.redis_url), settings.turns_a_minute)
        self._sessions = Sessions(settings.session_secret)
        self._terms = {
            "region": settings.region,
            "emergency_numbers": {
                name: region.emergency_number for name, region in knowledge.regions.items()
            },
            "kept_days": settings.retention_days,
        }
        self._page_headers = {**HEADERS, POLICY: f"{HEADERS[POLICY]}; {framing(settings.embedded_on)}"}
        self._lanes = Lanes()

    @classmethod
    def name(cls) -> str:
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        return cls()

    def url_prefix(self) -> str:
        # An absolute path takes the channel out of /webhooks/.
        return "/"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        blueprint = Blueprint("web")

        # Sanic marks the functions it is given, so methods need one of their own around them.
        @blueprint.get("/chat/")
        async def page(request: Request) -> HTTPResponse:
            return _static("index.html", self._page_headers)

        @blueprint.get("/chat/<name:str>")
        async def file(request: Request, name: str) -> HTTPResponse:
            # Sanic takes "/chat/" for a name of no letters.
            return _static(name or "index.html", self._page_headers)

        @blueprint.get("/chat/summary")
        async def summary(request: Request) -> HTTPResponse:
            return await self._summary(request)

        @blueprint.get("/chat/summary.pdf")
        async def summary_pdf(request: Request) -> HTTPResponse:
            return await self._summary_pdf(request)

        @blueprint.get("/chat/history")
        async def history(request: Request) -> HTTPResponse:
            return await self._history(request)

        @blueprint.post("/chat/message")
        async def message(request: Request) -> HTTPResponse | None:
            return await self._message(request, on_new_message)

        @blueprint.post("/chat/forget")
        async def forget(request: Request) -> HTTPResponse:
            return await self._forget(request)

        return blueprint

    def _sender(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return the conversation's id, and the header that keeps it where it is new."""
        sender = self._sessions.sender(request.cookies.get(COOKIE))
        if sender:
            return sender, {}
        cookie = self._sessions.new()
        return str(self._sessions.sender(cookie)), {"Set-Cookie": self._sessions.header(cookie)}

    async def _message(self, request: Request, on_new_message: Handler) -> HTTPResponse | None:
        try:
            incoming = self._incoming(request)
            sender, cookie = self._sender(request)
            await self._guard.rate(sender)
        except Refused as refused:
            return problem(refused.status, str(refused))
        replies = WebReplies()
        # A task of its own: the turn ends in order even if the person closes the page.
        turn = asyncio.ensure_future(self._turn(request.app, sender, incoming, replies, on_new_message))
        response = await request.respond(
            headers={**HEADERS, **cookie, "X-Accel-Buffering": "no"}, content_type="application/x-ndjson"
        )
        while (line := await replies.queue.get()) is not None:
            await response.send(json.dumps(line, ensure_ascii=False) + "\n")
        await turn
        await response.eof()
        return None

    def _incoming(self, request: Request) -> Incoming:
        _same_origin(request)
        if not (request.content_type or "").startswith("application/json"):
            raise Refused(415, "Please send JSON.")
        if len(request.body) > BODY_AT_MOST:
            raise Refused(413, "That is too long. Please send it in parts.")
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "This is not readable JSON.") from error
        if not isinstance(body, dict) or len({"text", "payload"} & set(body)) != 1:
            raise Refused(400, 'Send {"text": "..."} or {"payload": "..."}.')
        incoming = self._guard.text(body["text"]) if "text" in body else self._guard.payload(body["payload"])
        return replace(incoming, region=self._guard.region(body.get("region")))

    async def _turn(
        self, app: Sanic, sender: str, incoming: Incoming, replies: WebReplies, on_new_message: Handler
    ) -> None:
        try:
            async with self._lanes.of(sender):
                await take_turn(app, sender, incoming, replies, on_new_message)
        except Exception as error:
            logger.error("A turn could not be ended: %s", type(error).__name__)
        finally:
            await replies.queue.put(None)

    async def _history(self, request: Request) -> HTTPResponse:
        sender, cookie = self._sender(request)
        tracker = await tracker_of(request.app, sender)
        messages = [m for m in map(_past, tracker.events if tracker else []) if m]
        return json_response({"messages": messages, **self._terms}, headers={**HEADERS, **cookie})

    async def _summary(self, request: Request) -> HTTPResponse:
        """The page to bring along, for printing."""
        latest = await self._latest_summary(request)
        if latest is None:
            return problem(404, NO_SUMMARY)
        return HTTPResponse(
            page_html(_sections(latest)),
            content_type="text/html; charset=utf-8",
            headers=self._page_headers,
        )

    async def _summary_pdf(self, request: Request) -> HTTPResponse:
        """The page to bring along, as a file."""
        try:
            await self._guard.rate(self._sender(request)[0])
            latest = await self._latest_summary(request)
        except Refused as refused:
            return problem(refused.status, str(refused))
        if latest is None:
            return problem(404, NO_SUMMARY)
        # Drawing takes a moment, and others are talking.
        content = await asyncio.to_thread(page_pdf, _sections(latest), date.fromtimestamp(latest.timestamp))
        name = {"Content-Disposition": f'attachment; filename="{PDF_NAME}"'}
        return HTTPResponse(content, content_type="application/pdf", headers={**HEADERS, **name})

    async def _latest_summary(self, request: Request) -> Any:
        """Return the event of this conversation's last summary, if there is one."""
        sender, _ = self._sender(request)
        tracker = await tracker_of(request.app, sender)
        events = reversed(tracker.events if tracker else ())
        return next((e for e in events if e.type_name == "bot" and _card(e).get("card") == "summary"), None)

    async def _forget(self, request: Request) -> HTTPResponse:
        try:
            _same_origin(request)
        except Refused as refused:
            return problem(refused.status, str(refused))
        sender, _ = self._sender(request)
        try:
            # A turn that still runs would write back what was just deleted.
            async with self._lanes.of(sender):
                await delete_talk(request.app, sender)
        except Exception as error:
            logger.error("A conversation could not be deleted: %s", type(error).__name__)
            return problem(503, NOT_DELETED)
        cookie = self._sessions.new()
        return json_response(
            {"forgotten": True, "text": "Your conversation is deleted."},
            headers={**HEADERS, "Set-Cookie": self._sessions.header(cookie)},
        )


def _card(event: Any) -> dict[str, Any]:
    return (event.data or {}).get("custom") or {}


def _sections(event: Any) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = _card(event)["sections"]
    return sections


def _past(event: Any) -> dict[str, Any] | None:
    """Return an event as the widget's history shows it."""
    if event.type_name == "user" and event.text:
        return {"from": "you", "text": event.text}
    if event.type_name == "bot":
        data = event.data or {}
        return {"from": "assistant", **line_of(event.text, data.get("buttons"), data.get("custom"))}
    return None


def _same_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise Refused(403, "This request came from another site.")


def problem(status: int, text: str) -> HTTPResponse:
    """Return an error as JSON in plain words."""
    return json_response({"error": text}, status=status, headers=HEADERS)


def framing(embedders: tuple[str, ...]) -> str:
    """Return which sites may show the chat in a frame: those named, or any where none is named."""
    return "frame-ancestors " + (" ".join(("'self'", *embedders)) if embedders else "*")


def _static(name: str, headers: dict[str, str]) -> HTTPResponse:
    path = (WIDGET / name).resolve()
    if WIDGET not in path.parents or not path.is_file() or path.suffix not in TYPES:
        return problem(404, "There is nothing here. The assistant is at /chat/.")
    return HTTPResponse(path.read_bytes(), content_type=TYPES[path.suffix], headers=headers)


def plain_error(request: Request, error: Exception) -> HTTPResponse:
    """Return any error of the server without a traceback."""
    status = error.status_code if isinstance(error, SanicException) else 500
    texts = {
        404: "There is nothing here. The assistant is at /chat/.",
        405: "That method is not allowed here.",
        413: "That is too long. Please send it in parts.",
    }
    if status >= 500:
        logger.error("A request failed: %s", type(error).__name__)
    return problem(status, texts.get(status, "That did not work. Please try again."))
