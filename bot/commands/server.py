"""python -m bot server: the Rasa server with our channels, and no other open door."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import Any

from bot.commands.train import model_path
from bot.lean import without_tensorflow
from bot.settings import ROOT, Settings


def main(arguments: list[str]) -> int:
    """Serve the assistant until told to stop."""
    argparse.ArgumentParser(prog="python -m bot server", description=__doc__).parse_args(arguments)
    settings = Settings.from_environment()
    os.environ.setdefault("ACTIONS_URL", f"http://127.0.0.1:{settings.actions_port}/webhook")
    os.environ["DATABASE_URL"] = settings.database_url

    without_tensorflow()
    import structlog

    # Rasa's finer log lines hold what people say.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    import rasa.core.channels.channel
    from rasa.core.agent import load_agent
    from rasa.core.run import create_http_input_channels
    from rasa.core.utils import AvailableEndpoints
    from sanic import Sanic

    from bot.channels.doors import messaging_channels, open_doors
    from bot.channels.web import plain_error

    doors, lines = open_doors(settings)
    for line in lines:
        print(line, file=sys.stderr, flush=True)
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    channels = create_http_input_channels(None, str(ROOT / "credentials.yml"))
    channels += messaging_channels(doors, settings)
    app = Sanic("sole_and_spine", configure_logging=False)
    app.ctx.agent = None
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.RESPONSE_TIMEOUT = 60
    app.error_handler.add(Exception, plain_error)
    rasa.core.channels.channel.register(channels, app, route="/webhooks/")

    async def load(running: Sanic, loop: Any) -> None:
        running.ctx.agent = await load_agent(str(model_path()), endpoints=endpoints, loop=loop)

    app.register_listener(load, "before_server_start")
    app.run(settings.host, settings.port, workers=1, access_log=False, motd=False)
    return 0
