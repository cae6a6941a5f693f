"""What browsers ask and are told before a page of another site may ask (CORS), for the sites that may."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Response
from starlette.types import Scope

_PREFLIGHT_SECONDS = "600"
"""How long a browser may remember the answer."""


class Origins:
    """The headers for pages of other sites; who may ask at all is `access`'s to say.

    Args:
        allowed: sites, in lower case.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = frozenset(allowed)

    def headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Return what an answer has beside its own headers."""
        if not self.allowed:
            return []
        vary = (b"vary", b"Origin")
        origin = _header(scope, b"origin")
        if origin.decode("latin-1").lower() not in self.allowed:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", b"Retry-After"),
        ]

    def preflight(self, scope: Scope) -> Response | None:
        """Return the answer to a browser's question; None where it is none of an allowed site."""
        is_question = scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method")
        if not is_question or _header(scope, b"origin").decode("latin-1").lower() not in self.allowed:
            return None
        # The browser itself compares what it wants with this.
        allowed = {
            "Access-Control-Allow-Methods": "GET, HEAD, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }
        return Response(status_code=204, headers=allowed)


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")
