"""python -m bot run | train | read | chat | conversations | knowledge | telegram: see each with --help."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from bot.settings import SettingsError

COMMANDS = {
    "run": "serve the assistant: Rasa server and action server as one",
    "server": "the Rasa server alone",
    "actions": "the action server alone",
    "train": "train the model, unless it is there already",
    "read": "say what messages mean, one a line",
    "chat": "talk in the terminal",
    "conversations": "list, export, delete or purge what is stored",
    "knowledge": "check, load or show what the assistant knows",
    "feet": "draw the pictures of the feet for Slack and Telegram anew",
    "telegram": "set or delete the webhook, or poll where there is no public address",
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the process's exit code."""
    # Nobody is told what is said here.
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    # NumPy's helper threads wait for work by spinning: on two cores that doubled what a turn costs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary, add_help=False)
    known, rest = parser.parse_known_args(arguments)
    module = importlib.import_module(f"bot.commands.{known.command}")
    try:
        return int(module.main(rest) or 0)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


if __name__ == "__main__":
    sys.exit(main())
