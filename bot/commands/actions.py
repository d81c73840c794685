"""python -m bot actions: the action server, on loopback or behind a token."""

from __future__ import annotations

import argparse
import hmac

from bot.logs import HEADER, log_as_json, new_request
from bot.settings import Settings


def main(arguments: list[str]) -> int:
    """Serve the custom actions until told to stop."""
    argparse.ArgumentParser(prog="python -m bot actions", description=__doc__).parse_args(arguments)
    from rasa_sdk.endpoint import create_app
    from sanic import Sanic
    from sanic.request import Request
    from sanic.response import HTTPResponse
    from sanic.response import json as json_response

    settings = Settings.from_environment()
    log_as_json("actions")
    app: Sanic = create_app("actions", cors_origins=[])
    app.config.REQUEST_MAX_SIZE = 10_000_000

    async def known(request: Request) -> HTTPResponse | None:
        new_request(request.headers.get(HEADER))
        given = request.headers.get("authorization", "")
        wanted = f"Bearer {settings.actions_token}"
        if settings.actions_token and request.path != "/health" and not hmac.compare_digest(given, wanted):
            return json_response({"error": "ACTIONS_TOKEN is wrong."}, status=403)
        return None

    # The SDK's own handler would echo the whole conversation to the caller.
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        return json_response({"error": type(error).__name__}, status=getattr(error, "status_code", 500))

    app.register_middleware(known, "request")
    app.error_handler.add(Exception, failed)
    app.run(settings.actions_host, settings.actions_port, workers=1, access_log=False, motd=False)
    return 0
