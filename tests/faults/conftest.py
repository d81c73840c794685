"""The assistant over a real PostgreSQL, a real Redis and an action server, each of which can be hurt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conversations.live import Assistant, running
from tests.servers import Postgres, Redis


@dataclass
class Clinic:
    """All parts of an installation."""

    assistant: Assistant
    postgres: Postgres
    redis: Redis


@pytest.fixture(scope="session")
def databases() -> Iterator[tuple[Postgres, Redis]]:
    postgres, redis = Postgres(), Redis()
    yield postgres, redis
    redis.stop()
    postgres.close()


@pytest.fixture(scope="session")
def clinic(model: None, databases, tmp_path_factory) -> Iterator[Clinic]:
    postgres, redis = databases
    with running(
        tmp_path_factory.mktemp("clinic"),
        "actions",
        "server",
        database_url=postgres.url,
        REDIS_URL=redis.url,
        ACTIONS_TOKEN="a token of the tests",
    ) as assistant:
        yield Clinic(assistant, postgres, redis)
