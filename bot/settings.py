"""The only reader of the environment; others put into it what Rasa and further processes need."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGIONS = ("US", "UK", "EU", "IN", "AU", "other")

# Settings of the messaging channels; in the environment their names are in capitals.
MESSAGING = (
    "slack_bot_token",
    "slack_signing_secret",
    "slack_api_url",
    "telegram_bot_token",
    "telegram_secret_token",
    "telegram_api_url",
)


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and the way out."""


def _number(name: str, default: int, low: int, high: int) -> int:
    raw = os.environ.get(name, str(default))
    if not raw.isdigit() or not low <= int(raw) <= high:
        raise SettingsError(
            f"{name}={raw!r} cannot be used. Give a whole number from {low} to {high}, "
            f"or leave it out for {default}."
        )
    return int(raw)


def is_set(name: str) -> bool:
    """Return True where the environment itself chooses a setting, so that no default is used."""
    return bool(os.environ.get(name))


def _region() -> str:
    raw = os.environ.get("REGION", "other")
    known = {region.lower(): region for region in REGIONS}
    if raw.lower() not in known:
        raise SettingsError(f"REGION={raw!r} is not known. Use one of: {', '.join(REGIONS)}.")
    return known[raw.lower()]


def _actions_host() -> str:
    host = os.environ.get("ACTIONS_HOST", "127.0.0.1")
    if host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("ACTIONS_TOKEN"):
        raise SettingsError(
            f"ACTIONS_HOST={host!r} opens the action server to others. Set ACTIONS_TOKEN, the same for it "
            "and for the server, or leave ACTIONS_HOST out."
        )
    return host


def _embedders() -> tuple[str, ...]:
    origins = tuple(os.environ.get("EMBEDDED_ON", "").split())
    for origin in origins:
        if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", origin):
            raise SettingsError(
                f"EMBEDDED_ON names {origin!r}, which is no origin. Give the sites that may show the chat as "
                "https://clinic.example, with spaces between them, or leave it out for any site."
            )
    return origins


@dataclass(frozen=True)
class Settings:
    """What the environment may choose. Ports are TCP ports.

    Without actions_url the server carries actions out itself; without redis_url it stands alone.
    """

    port: int
    actions_port: int
    host: str
    database_url: str
    region: str
    session_secret: str
    models: Path
    retention_days: int = 30
    turns_a_minute: int = 40
    encoder_threads: int = 1
    embedded_on: tuple[str, ...] = ()
    redis_url: str = field(default="", repr=False)
    actions_url: str = ""
    actions_host: str = "127.0.0.1"
    actions_token: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    slack_bot_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_api_url: str = "https://slack.com/api/"
    telegram_bot_token: str = field(default="", repr=False)
    telegram_secret_token: str = field(default="", repr=False)
    telegram_api_url: str = "https://api.telegram.org"

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment; raise SettingsError where a value cannot be used."""
        port = _number("PORT", 5005, 1, 65535)
        var = ROOT / "var"
        return cls(
            port=port,
            actions_port=_number("ACTIONS_PORT", port + 50 if port < 65000 else port - 50, 1, 65535),
            host=os.environ.get("HOST", "127.0.0.1"),
            database_url=os.environ.get("DATABASE_URL") or f"sqlite:///{var / 'sole_and_spine.db'}",
            region=_region(),
            session_secret=os.environ.get("SESSION_SECRET", ""),
            models=Path(os.environ.get("MODELS") or ROOT / "models"),
            retention_days=_number("RETENTION_DAYS", 30, 1, 3650),
            turns_a_minute=_number("TURNS_A_MINUTE", 40, 1, 1_000_000),
            encoder_threads=_number("ENCODER_THREADS", 1, 1, 64),
            embedded_on=_embedders(),
            redis_url=os.environ.get("REDIS_URL", ""),
            actions_url=os.environ.get("ACTIONS_URL", ""),
            actions_host=_actions_host(),
            actions_token=os.environ.get("ACTIONS_TOKEN", ""),
            metrics_token=os.environ.get("METRICS_TOKEN", ""),
            **{name: value for name in MESSAGING if (value := os.environ.get(name.upper(), "").strip())},
        )
