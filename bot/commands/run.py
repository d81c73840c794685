"""python -m bot run: Rasa server and action server as one; Ctrl-C ends both."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

from bot.commands.knowledge import load
from bot.commands.train import model_path, train
from bot.knowledge.yaml_lines import ContentError
from bot.settings import ROOT, Settings

READY_SECONDS = 120
STOP_SECONDS = 10


def main(arguments: list[str]) -> int:
    """Set up what is missing, start both servers, and watch them."""
    argparse.ArgumentParser(prog="python -m bot run", description=__doc__).parse_args(arguments)
    settings = Settings.from_environment()
    for port, name in ((settings.port, "PORT"), (settings.actions_port, "ACTIONS_PORT")):
        if not _free(settings.host if name == "PORT" else "127.0.0.1", port):
            print(
                f"Port {port} is in use. Stop what runs there, or choose another: {name}={port + 10} make run",
                file=sys.stderr,
            )
            return 1
    try:
        load()
    except ContentError as error:
        print(error, file=sys.stderr)
        print("The knowledge stays as it was before.", file=sys.stderr)
    model = model_path()
    if not model.exists() and train(model):
        return 1
    return Unit(settings).serve()


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Unit:
    """Both servers as one: ready together, ended together."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def serve(self) -> int:
        """Start, wait until both answer, watch until told to stop; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for name in ("actions", "server"):
            # A group of its own, so that Ctrl-C reaches the parts through us and in order.
            self._parts[name] = subprocess.Popen(
                [sys.executable, "-m", "bot", name], cwd=ROOT, start_new_session=True, env=dict(os.environ)
            )
        try:
            if not self._wait_until_ready():
                return 0 if self._stopping else 1
            host = "localhost" if self._settings.host in ("127.0.0.1", "0.0.0.0") else self._settings.host
            print(
                f"\nSole & Spine is ready: http://{host}:{self._settings.port}/chat/   (Ctrl-C ends it)",
                flush=True,
            )
            return self._watch()
        finally:
            self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _wait_until_ready(self) -> bool:
        started = time.monotonic()
        urls = [
            f"http://127.0.0.1:{self._settings.actions_port}/health",
            f"http://{_reachable(self._settings.host)}:{self._settings.port}/ready",
        ]
        said = started
        while urls and not self._stopping:
            if self._crashed() or time.monotonic() - started > READY_SECONDS:
                return False
            urls = [url for url in urls if not _answers(url)]
            if time.monotonic() - said > 5:
                said = time.monotonic()
                print(f"Starting ... {said - started:.0f} s", flush=True)
            time.sleep(0.2)
        return not self._stopping

    def _watch(self) -> int:
        while not self._stopping:
            if self._crashed():
                return 1
            time.sleep(0.3)
        return 0

    def _crashed(self) -> bool:
        for name, part in self._parts.items():
            if part.poll() is not None and not self._stopping:
                print(
                    f"The {name} process ended unexpectedly (exit code {part.returncode}). Its last words stand above.",
                    file=sys.stderr,
                )
                return True
        return False

    def _end(self) -> None:
        for part in reversed(self._parts.values()):
            if part.poll() is None:
                part.terminate()
        for part in reversed(self._parts.values()):
            try:
                part.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.kill()


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
