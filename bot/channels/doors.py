"""Which messaging channels the environment opens, and what is wrong with its tokens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rasa.core.channels.channel import InputChannel
from rasa.shared.utils.common import class_from_module_path
from rasa.shared.utils.io import read_config_file

from bot.settings import MESSAGING, ROOT, Settings

CREDENTIALS = ROOT / "credentials.messaging.yml"


@dataclass(frozen=True)
class Secret:
    """One of a channel's two secrets: its setting, how it looks, where it comes from."""

    setting: str
    looks: re.Pattern[str]
    wanted: str

    @property
    def variable(self) -> str:
        return self.setting.upper()


@dataclass(frozen=True)
class Door:
    """A messaging channel and the pair of secrets that opens it."""

    title: str
    channel: str
    secrets: tuple[Secret, Secret]
    guide: str


DOORS = (
    Door(
        "Slack",
        "bot.channels.slack.SlackInput",
        (
            Secret("slack_bot_token", re.compile(r"xox[be][-.]\S+"), "it begins with xoxb-"),
            Secret(
                "slack_signing_secret", re.compile(r"(?!xox)\S+"), "it is no token, but a secret beside it"
            ),
        ),
        "docs/slack.md",
    ),
    Door(
        "Telegram",
        "bot.channels.telegram.TelegramInput",
        (
            Secret("telegram_bot_token", re.compile(r"\d+:[\w-]+"), "it is a number, a colon and letters"),
            Secret("telegram_secret_token", re.compile(r"[\w-]{1,256}"), "letters, digits, _ and - only"),
        ),
        "docs/telegram.md",
    ),
)


def open_doors(settings: Settings) -> tuple[list[Door], list[str]]:
    """Return the channels whose secrets are there, and a line for each thing that looks wrong."""
    opened: list[Door] = []
    lines: list[str] = []
    for door in DOORS:
        given = [secret for secret in door.secrets if getattr(settings, secret.setting)]
        if len(given) == len(door.secrets):
            opened.append(door)
            lines += _odd(door, settings)
        elif given:
            missing = next(secret for secret in door.secrets if secret not in given)
            lines.append(
                f"{door.title} is off: {given[0].variable} is set, but {missing.variable} is not. "
                f"Set it too, {door.guide} says where it comes from."
            )
    return opened, lines


def _odd(door: Door, settings: Settings) -> Iterator[str]:
    for secret in door.secrets:
        if not secret.looks.fullmatch(getattr(settings, secret.setting)):
            yield (
                f"{secret.variable} does not look right ({secret.wanted}). "
                f"{door.title} may refuse it; {door.guide} says where it comes from."
            )


def messaging_channels(doors: list[Door], settings: Settings) -> list[InputChannel]:
    """Return the channels of the doors that are open; a fresh clone has none."""
    if not doors:
        return []
    for name in MESSAGING:
        # Rasa's reader of credentials fills ${...} from the environment and stumbles over what is not there.
        os.environ[name.upper()] = getattr(settings, name)
    credentials = read_config_file(CREDENTIALS)
    return [
        class_from_module_path(door.channel).from_credentials(credentials[door.channel]) for door in doors
    ]
