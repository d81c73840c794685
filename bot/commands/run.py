"""python -m bot run: set up what is missing and serve; with --processes, several servers behind nginx."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from bot.commands.knowledge import load
from bot.commands.train import model_path, train
from bot.knowledge.yaml_lines import ContentError
from bot.settings import Settings


def main(arguments: list[str]) -> int:  # noqa: RET503  execv does not return
    """Set up what is missing, then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bot run", description=__doc__)
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="N servers over PostgreSQL and Redis, behind nginx",
    )
    options = parser.parse_args(arguments)
    settings = Settings.from_environment()
    if not free(settings.host, settings.port):
        print(
            f"Port {settings.port} is in use. Stop what runs there, or choose another: "
            f"PORT={settings.port + 10} make run",
            file=sys.stderr,
        )
        return 1
    if options.processes:
        from bot.commands.several import serve

        return serve(options.processes)
    if not prepare():
        return 1
    # The server takes this process's place: what setting up needed need not stay in memory.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "bot", "server"])


def prepare() -> bool:
    """Load the knowledge and train the model where needed; return False where that fails."""
    try:
        load()
    except ContentError as error:
        print(error, file=sys.stderr)
        return False
    model = model_path()
    return model.exists() or not train(model)


def free(host: str, port: int) -> bool:
    """Return True where nobody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
