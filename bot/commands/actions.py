"""python -m bot actions: the action server, on loopback only."""

from __future__ import annotations

import argparse

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
    app: Sanic = create_app("actions")

    # The SDK's own handler would echo the whole conversation to the caller.
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        return json_response({"error": type(error).__name__}, status=getattr(error, "status_code", 500))

    app.error_handler.add(Exception, failed)
    app.run("127.0.0.1", settings.actions_port, workers=1, access_log=False, motd=False)
    return 0
