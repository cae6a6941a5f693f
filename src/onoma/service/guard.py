"""What stands around every request: who may ask, headers, counting, and errors that tell nobody any text."""

from __future__ import annotations

import base64
import hmac
import logging
from collections.abc import Mapping
from pathlib import PurePath
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onoma.service.access import Access
from onoma.service.metrics import Metrics
from onoma.service.origins import Origins
from onoma.service.problems import FAILED, ProblemError

log = logging.getLogger("onoma.service")

HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
"""Of every answer."""
GUARDED = ("/v1/", "/metrics")
"""Beginnings of the paths that need the token; the page holds no data and has a field for it."""


class Guard:
    """The outermost layer of the application.

    Args:
        app: what answers.
        metrics: counts requests.
        routes: the paths that are counted under their own name.
        token: that clients have to send; None where none is needed.
        access: checks of names and sites.
        direct: what answers methods and paths that need no framework, in place of ``app``.
        basic: paths that need the token, too, and take it as the password of basic authentication as well,
            for clients that know no other.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        routes: frozenset[str],
        token: bytes | None,
        access: Access,
        direct: Mapping[tuple[str, str], ASGIApp] | None = None,
        basic: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self.direct = direct or {}
        self.metrics = metrics
        self.routes = routes
        self.token = token
        self.access = access
        self.origins = Origins(access.origins)
        self.basic = basic
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        status = 0
        if scope["method"] == "HEAD":  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        shared = [*HEADERS, *self.origins.headers(scope)]

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *shared]
                if self.draining:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        route = scope["path"] if scope["path"] in self.routes else "other"
        with self.metrics.in_flight.track_inprogress():
            try:
                await self._answer(scope)(scope, receive, send_on)
            except Exception as error:
                _log(error)
                if not status:
                    await FAILED.response()(scope, receive, send_on)
        self.metrics.requests.labels(route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(perf_counter() - began)

    def _answer(self, scope: Scope) -> ASGIApp:
        """Return what answers: a refusal, what a browser wants to know first, or the application."""
        problem = self.access.check(scope)
        # A browser asks without the token whether it may send it.
        if problem is None and (preflight := self.origins.preflight(scope)) is not None:
            return preflight
        problem = problem or self._check_token(scope)
        if problem is not None:
            return problem.response()
        return self.direct.get((scope["method"], scope["path"]), self.app)

    def _check_token(self, scope: Scope) -> ProblemError | None:
        path = scope["path"]
        if self.token is None or not (path.startswith(GUARDED) or path in self.basic):
            return None
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        scheme, _, token = (given[0] if len(given) == 1 else b"").partition(b" ")
        if path in self.basic and scheme.lower() == b"basic":
            scheme, token = b"bearer", _password(token)
        # All of the token is compared whatever the first difference is: time tells nothing.
        right = scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self.token)
        return None if right else _UNAUTHORIZED


def _password(credentials: bytes) -> bytes:
    """Return the password of basic authentication (RFC 7617); the user's name may be any."""
    try:
        return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""


_UNAUTHORIZED = ProblemError(
    401, "unauthorized", "send the header 'Authorization: Bearer TOKEN'", {"WWW-Authenticate": "Bearer"}
)


def _log(error: BaseException) -> None:
    """Say where it happened, but not the message: that could quote a text."""
    trace = error.__traceback__
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("a request failed: %s at %s", type(error).__name__, " > ".join(places[-4:]))
