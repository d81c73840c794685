"""A browser's session: a signed random id in a cookie that scripts cannot read."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COOKIE = "sole_spine"


class Sessions:
    """Makes and checks session ids; `secret` signs them."""

    def __init__(self, secret: str) -> None:
        # Without a secret of its own a server signs for its own lifetime only.
        self._secret = (secret or secrets.token_hex(32)).encode()

    def new(self) -> str:
        """Return a fresh cookie value."""
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._sign(name)}"

    def sender(self, cookie: str | None) -> str | None:
        """Return the conversation's id of a cookie value, or None where it is forged or missing."""
        name, _, signature = (cookie or "").partition(".")
        if not name or not hmac.compare_digest(signature.encode(), self._sign(name).encode()):
            return None
        return f"web-{name}"

    def header(self, value: str) -> str:
        """Return the Set-Cookie header; Partitioned keeps it alive inside a clinic's page."""
        return f"{COOKIE}={value}; Path=/chat; Secure; HttpOnly; SameSite=None; Partitioned"

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()[:43]
