"""python -m bot server: the Rasa server with our channels, and no other open door."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

from bot.commands.train import model_path
from bot.lean import without_tensorflow
from bot.logs import log_as_json
from bot.settings import ROOT, Settings

logger = logging.getLogger(__name__)
STOP_SECONDS = 30
SAVE_AGAIN_SECONDS = 2
PURGE_SECONDS = 3600
IDLE_SECONDS = 75


def main(arguments: list[str]) -> int:
    """Serve the assistant until told to stop."""
    argparse.ArgumentParser(prog="python -m bot server", description=__doc__).parse_args(arguments)
    settings = Settings.from_environment()
    os.environ["DATABASE_URL"] = settings.database_url
    os.environ["REDIS_URL"] = settings.redis_url
    log_as_json("server")
    app = make_app(settings)
    app.run(settings.host, settings.port, workers=1, access_log=False, motd=False)
    return 0


def make_app(settings: Settings) -> Any:
    """Return the server with its channels; the model is loaded when it starts."""
    without_tensorflow()
    import structlog

    # Rasa's finer log lines hold what people say.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    import rasa.core.channels.channel
    from rasa.core.run import create_http_input_channels
    from sanic import Sanic

    from bot.channels.doors import messaging_channels, open_doors
    from bot.channels.status import add_status
    from bot.channels.web import plain_error

    doors, lines = open_doors(settings)
    for line in lines:
        print(line, file=sys.stderr, flush=True)
    channels = create_http_input_channels(None, str(ROOT / "credentials.yml"))
    channels += messaging_channels(doors, settings)
    app = Sanic("sole_and_spine", configure_logging=False)
    app.ctx.agent, app.ctx.problem = None, ""
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.RESPONSE_TIMEOUT = 60
    app.config.KEEP_ALIVE_TIMEOUT = IDLE_SECONDS
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = STOP_SECONDS
    app.error_handler.add(Exception, plain_error)
    add_status(app, settings)
    rasa.core.channels.channel.register(channels, app, route="/webhooks/")

    async def begin(running: Sanic, loop: Any) -> None:
        load(running, settings)
        if running.ctx.agent:
            # The first message would otherwise wait for the encoder and the lexicon.
            await running.ctx.agent.parse_message("hello")
            running.ctx.chores = [
                asyncio.ensure_future(_save_again(running.ctx.agent.tracker_store)),
                asyncio.ensure_future(_purge(running.ctx.agent.tracker_store, settings.retention_days)),
            ]

    async def end(running: Sanic, loop: Any) -> None:
        if running.ctx.agent:
            for chore in running.ctx.chores:
                chore.cancel()
            await running.ctx.agent.tracker_store.save_all_waiting()
            await running.ctx.agent.action_endpoint.close()
            await running.ctx.agent.lock_store.shared.close()

    app.register_listener(begin, "before_server_start")
    app.register_listener(_say_ready(settings), "after_server_start")
    app.register_listener(end, "after_server_stop")
    return app


def load(app: Any, settings: Settings) -> None:
    """Load the model; where that fails, go on serving and say in /ready what is wrong."""
    path = model_path()
    if not path.exists():
        app.ctx.problem = f"There is no model {path.name} in {path.parent}. Run: python -m bot train"
    else:
        try:
            app.ctx.agent = load_assistant(path, settings)
        except (tarfile.TarError, EOFError, OSError, KeyError, ValueError, zlib.error) as error:
            app.ctx.problem = (
                f"The model {path.name} is damaged ({type(error).__name__}). Run: python -m bot train --force"
            )
    if app.ctx.problem:
        logger.error(app.ctx.problem)


def load_assistant(path: Path, settings: Settings) -> Any:
    """Return Rasa's agent with our store, locks, actions and responses, ready to answer."""
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints

    from bot.components.actions import ActionsHere, ActionsThere
    from bot.components.assistant import Assistant
    from bot.components.locks import ConversationLocks
    from bot.state.shared import Shared

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    there = ActionsThere(settings.actions_url, settings.actions_token)
    assistant = Assistant(
        generator=endpoints.nlg,
        tracker_store=TrackerStore.create(endpoints.tracker_store),
        lock_store=ConversationLocks(shared=Shared(settings.redis_url)),
        action_endpoint=there if settings.actions_url else ActionsHere(),
    )
    assistant.load_model(path)
    return assistant


def _say_ready(settings: Settings) -> Any:
    async def ready(running: Any, loop: Any) -> None:
        if running.ctx.agent:
            host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0") else settings.host
            print(
                f"Sole & Spine is ready: http://{host}:{settings.port}/chat/   (Ctrl-C ends it)",
                file=sys.stderr,
                flush=True,
            )

    return ready


async def _save_again(store: Any) -> None:
    while True:
        await asyncio.sleep(SAVE_AGAIN_SECONDS)
        await store.save_all_waiting()


async def _purge(store: Any, days: int) -> None:
    """Delete what is older than the settings allow, at start and each hour."""
    from sqlalchemy.exc import SQLAlchemyError

    while True:
        try:
            purged = await asyncio.to_thread(store.conversations.purge, days)
            if purged:
                logger.info("%d conversations were older than %d days and are deleted.", purged, days)
        except SQLAlchemyError as error:
            logger.error("Old conversations could not be deleted: %s", type(error).__name__)
        await asyncio.sleep(PURGE_SECONDS)
