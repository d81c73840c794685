"""/health, /ready and /metrics, and what every answer of the server carries."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.channels.web import HEADERS, problem
from bot.logs import HEADER, new_request
from bot.settings import Settings

CHECK_SECONDS = 3.0


def add_status(app: Sanic, settings: Settings) -> None:
    """Open the three doors, and number the requests."""

    async def ready(request: Request) -> HTTPResponse:
        parts = await readiness(request.app)
        ok = all(part == "ok" for part in parts.values())
        return json_response({"ready": ok, **parts}, status=200 if ok else 503, headers=HEADERS)

    async def figures(request: Request) -> HTTPResponse:
        if not _may_see(request, settings.metrics_token):
            return problem(404, "There is nothing here. The assistant is at /chat/.")
        store = getattr(request.app.ctx.agent, "tracker_store", None)
        metrics.UNSAVED.set(store.unsaved if store else 0)
        return HTTPResponse(metrics.page(), headers={**HEADERS, "Content-Type": metrics.CONTENT_TYPE})

    app.add_route(health, "/health", methods=["GET"])
    app.add_route(ready, "/ready", methods=["GET"])
    app.add_route(figures, "/metrics", methods=["GET"])
    app.register_middleware(number, "request")
    app.register_middleware(sign, "response")


async def health(request: Request) -> HTTPResponse:
    """Answer as long as the process lives."""
    return json_response({"status": "ok"}, headers=HEADERS)


async def number(request: Request) -> None:
    """Give the request its id, the proxy's if it brings one."""
    request.ctx.number = new_request(request.headers.get(HEADER))


async def sign(request: Request, response: HTTPResponse) -> None:
    """Put id and safety headers on every answer; say nothing of what serves it."""
    response.headers.setdefault(HEADER, getattr(request.ctx, "number", "-"))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status in (400, 413, 415, 429):
        metrics.REFUSED.labels(str(response.status)).inc()


async def readiness(app: Sanic) -> dict[str, str]:
    """Return for each part "ok", or what is wrong with it and the way out."""
    agent = app.ctx.agent
    if agent is None:
        return {"model": app.ctx.problem or "The model is being loaded."}
    database, actions, redis = await asyncio.gather(
        _in_time(asyncio.to_thread(_database, agent.tracker_store)),
        _in_time(agent.action_endpoint.ready()),
        _in_time(agent.lock_store.shared.answers()),
    )
    return {
        "model": "ok",
        "database": "ok" if database else "The database of DATABASE_URL does not answer.",
        "actions": "ok" if actions else "The action server of ACTIONS_URL does not answer.",
        "redis": "ok" if redis else "The Redis of REDIS_URL does not answer.",
    }


def _database(store: Any) -> bool:
    try:
        store.conversations.check()
    except SQLAlchemyError:
        return False
    return True


async def _in_time(check: Any) -> bool:
    try:
        return bool(await asyncio.wait_for(check, CHECK_SECONDS))
    except TimeoutError:
        return False


def _may_see(request: Request, token: str) -> bool:
    """Return True for who knows the token; without one, for this machine itself and nothing behind a proxy."""
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    if "x-forwarded-for" in request.headers:
        return False
    return ipaddress.ip_address(request.ip or "0.0.0.0").is_loopback
