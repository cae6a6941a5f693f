"""What a request can be refused with. No message repeats anything from the request."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import Response


class ProblemError(Exception):
    """A request that is not answered as asked.

    Args:
        status: of HTTP.
        code: a stable kebab-case kind.
        message: what is wrong and how to mend it, without anything that the client sent.
        headers: to send along.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return it as JSON: ``{"error": code, "message": message}``."""
        body = json.dumps({"error": self.code, "message": self.message})
        return Response(body, self.status, self.headers, media_type="application/json")


FAILED = ProblemError(500, "failed", "the server failed on this request; its log says where")
