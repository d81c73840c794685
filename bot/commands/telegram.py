"""python -m bot telegram set-webhook|delete-webhook|poll: how updates reach the assistant."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

from bot.settings import Settings, SettingsError

PATH = "/webhooks/telegram/webhook"
WANTED = ["message", "callback_query"]
POLL_SECONDS = 50
AGAIN_SECONDS = 3.0


def main(arguments: list[str]) -> int:
    """Run one of the three; say in one line what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bot telegram", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True, metavar="command")
    setting = commands.add_parser("set-webhook", help="have Telegram send updates to a public address")
    setting.add_argument("address", help="where the assistant is reached, as https://feet.example.org")
    commands.add_parser("delete-webhook", help="have Telegram send no updates")
    commands.add_parser("poll", help="fetch updates for the assistant that runs on this machine")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment()
    _need(settings.telegram_bot_token, "TELEGRAM_BOT_TOKEN")
    if options.what != "delete-webhook":
        _need(settings.telegram_secret_token, "TELEGRAM_SECRET_TOKEN")
    return asyncio.run(_carry_out(options, settings))


def _need(value: str, name: str) -> None:
    if not value:
        raise SettingsError(f"{name} is not set. docs/telegram.md says where it comes from.")


async def _carry_out(options: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.delivery import Later, Undeliverable
    from bot.channels.telegram_api import TelegramApi

    works: dict[str, Callable[[], Coroutine[Any, Any, int]]] = {
        "set-webhook": lambda: set_webhook(api, options.address, settings.telegram_secret_token),
        "delete-webhook": lambda: delete_webhook(api),
        "poll": lambda: Poll(api, settings).run(),
    }
    api = TelegramApi(settings.telegram_bot_token, settings.telegram_api_url)
    try:
        return await works[options.what]()
    except Later as later:
        print(f"Telegram does not answer ({later}). Please try again in a minute.", file=sys.stderr)
    except Undeliverable as error:
        print(f"Telegram said no: {error}.", file=sys.stderr)
    finally:
        await api.close()
    return 1


async def set_webhook(api: Any, address: str, secret: str) -> int:
    """Tell Telegram where updates go, and what may be typed after a slash."""
    from bot.channels.telegram import COMMANDS

    if not address.startswith("https://"):
        print(f"{address} does not begin with https://, and Telegram takes nothing else.", file=sys.stderr)
        return 2
    url = address.rstrip("/").removesuffix(PATH) + PATH
    await api.call("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": WANTED})
    listed = [{"command": name, "description": title} for name, (_, title) in COMMANDS.items()]
    await api.call("setMyCommands", {"commands": listed})
    print(f"Telegram now sends updates to {url}.")
    return 0


async def delete_webhook(api: Any) -> int:
    """Tell Telegram to send nothing; what comes in meanwhile waits for a day."""
    await api.call("deleteWebhook", {"drop_pending_updates": False})
    print("Telegram sends no updates any more. Now you can poll.")
    return 0


class Poll:
    """Fetches updates and hands them to the assistant on this machine, as Telegram itself would."""

    def __init__(self, api: Any, settings: Settings) -> None:
        host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
        self._api = api
        self._url = f"http://{host}:{settings.port}{PATH}"
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": settings.telegram_secret_token}
        self._next = 0

    async def run(self) -> int:
        """Poll until told to stop."""
        from bot.channels.delivery import Later

        print(f"Polling Telegram for {self._url}. Ctrl-C ends it.", flush=True)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                try:
                    if (code := await self.once(session)) is not None:
                        return code
                except Later as later:
                    print(f"Telegram does not answer ({later}). Trying again.", file=sys.stderr)
                    await asyncio.sleep(later.seconds or AGAIN_SECONDS)

    async def once(self, session: aiohttp.ClientSession) -> int | None:
        """Fetch and hand on what is there; return an exit code where going on is of no use."""
        fields = {"offset": self._next, "timeout": POLL_SECONDS, "allowed_updates": WANTED}
        for update in await self._api.call("getUpdates", fields, seconds=POLL_SECONDS):
            status = await self._hand_on(session, update)
            if status in (403, 404):
                print(
                    "The running assistant does not take it: start it with the same "
                    "TELEGRAM_BOT_TOKEN and TELEGRAM_SECRET_TOKEN.",
                    file=sys.stderr,
                )
                return 1
            if status == 0 or status >= 500:
                print("Nobody answers. Start the assistant first: make run", file=sys.stderr)
                await asyncio.sleep(AGAIN_SECONDS)
                return None
            # Only now Telegram may forget it.
            self._next = int(update["update_id"]) + 1
        return None

    async def _hand_on(self, session: aiohttp.ClientSession, update: dict[str, Any]) -> int:
        try:
            async with session.post(self._url, json=update, headers=self._headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0
