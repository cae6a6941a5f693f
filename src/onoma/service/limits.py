"""How much a client may ask for, and reading no more than that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from onoma.service.problems import ProblemError
from onoma.service.schemas import TagRequest


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one server.

    Args:
        max_body: bytes of a request.
        max_texts: of a request.
        max_waiting: requests that may wait for each model.
        max_waiting_characters: of all texts that wait for a model.
        batch_tokens: a worker takes waiting requests until they have so many tokens.
        timeout: seconds that a request may take, from its first byte.
    """

    max_body: int = 1 << 20
    max_texts: int = 256
    max_waiting: int = 256
    max_waiting_characters: int = 8 << 20
    batch_tokens: int = 8_192
    timeout: float = 30.0


BAD_JSON = ProblemError(
    400, "bad-json", "the body is not JSON in UTF-8, is nested too deeply, or has half a surrogate pair"
)


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the body of a request that says it is JSON.

    Raises:
        ProblemError: 415 not said to be JSON, 413 too long, 408 too slow, 400 cut short.
    """
    # A page of any site may send other types without asking us first (the "simple requests" of CORS).
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "not-json", "send the header 'Content-Type: application/json'")
    try:
        async with asyncio.timeout(limits.timeout):
            return await _read_body(request, limits.max_body)
    except ClientDisconnect:
        raise ProblemError(400, "incomplete", "the connection was closed before the body was whole") from None
    except TimeoutError:
        raise ProblemError(408, "slow-body", "the body did not arrive in time") from None


async def read_request(request: Request, limits: Limits) -> TagRequest:
    """Read and check a request's body; its texts are well-formed Unicode without NUL.

    Raises:
        ProblemError: 415 not said to be JSON, 413 too long or too many texts, 408 too slow, 400 not JSON,
            422 JSON of another kind.
    """
    body = await read_body(request, limits)
    try:
        parsed = TagRequest.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error) from None
    if len(parsed.all_texts) > limits.max_texts:
        raise ProblemError(413, "too-many-texts", f"at most {limits.max_texts} texts a request; send several")
    return parsed


async def _read_body(request: Request, limit: int) -> bytes:
    too_long = ProblemError(413, "too-long", f"the body is longer than {limit} bytes; send several requests")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise too_long
    body = bytearray()
    async for chunk in request.stream():  # a chunked body declares nothing
        if len(body) + len(chunk) > limit:
            raise too_long
        body += chunk
    return bytes(body)


def _problem(error: ValidationError) -> ProblemError:
    """Say what is wrong by our own words only: pydantic's places and messages can hold what was sent."""
    kinds = {one["type"] for one in error.errors(include_input=False, include_url=False)}
    if "json_invalid" in kinds:
        return BAD_JSON
    if "nul" in kinds:
        return ProblemError(422, "nul", "a text contains the character NUL; remove it")
    message = 'expected {"text": "..."} or {"texts": ["...", ...]}, and optionally "model": "name"'
    return ProblemError(422, "bad-request", message)
