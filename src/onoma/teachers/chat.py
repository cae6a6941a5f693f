"""Asking a language model over HTTP, the way of OpenAI's chat completions: retried, paid for, remembered.

The key goes into one header and nowhere else: not into the cache, messages or hashes, and, since redirects
are not followed, to no other host.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.files import write_text
from onoma.files.growing import append_whole, drop_half_line

SPENT = "spent.jsonl"
"""Beside the cached answers: tokens read and written, a line a paid answer."""

_MOST_BYTES = 16 << 20
_AGAIN = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_LONGEST_WAIT = 60.0


class ChatSettings(BaseModel):
    """Settings of the table ``endpoint``.

    Args:
        url: what ``/chat/completions`` is added to.
        model: its name there.
        key_variable: environment variable that holds the key; empty for none.
        temperature: of the sampling.
        timeout: seconds for an answer.
        retries: how often a failed request is made again.
        parallel: requests at a time.
        structured: whether to ask for an answer by JSON schema; servers without it are asked in words alone.
        price_in: of a million tokens that are read; the unit is yours.
        price_out: of a million tokens that are written.
        budget: what all answers together may cost, in that unit; 0 for no bound. It needs a price.
        max_requests: how many requests may be made, 0 for no bound.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://")
    model: str
    key_variable: str = "OPENAI_API_KEY"
    temperature: float = Field(0.0, ge=0, le=2)
    timeout: float = Field(120.0, gt=0)
    retries: int = Field(5, ge=0, le=20)
    parallel: int = Field(4, ge=1, le=64)
    structured: bool = True
    price_in: float = Field(0.0, ge=0)
    price_out: float = Field(0.0, ge=0)
    budget: float = Field(0.0, ge=0)
    max_requests: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.budget and not (self.price_in or self.price_out):
            raise ValueError(
                "a budget needs price_in or price_out, or nothing is ever spent; or max_requests"
            )
        return self

    def answers(self) -> dict[str, Any]:
        """Return what the answers depend on."""
        return self.model_dump(include={"url", "model", "temperature", "structured"})


class Chat:
    """A language model behind a URL; several threads may ask it.

    Args:
        settings: where, and how.
        cache: folder of its answers; None for none.
        wait: sleeps for so many seconds.

    Attributes:
        read: tokens that it has read for all answers that were paid for, by earlier processes, too.
        written: tokens that it has written.
        requests: made by this process.

    Raises:
        ConfigError: there is no key, or it would go over the network in plain text.
    """

    def __init__(
        self, settings: ChatSettings, cache: Path | None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.settings = settings
        self._cache = cache
        self._wait = wait
        self._key = os.environ.get(settings.key_variable, "") if settings.key_variable else ""
        host = urlsplit(settings.url).hostname
        if settings.key_variable and not self._key and host not in _LOCAL:
            raise ConfigError(
                f"the environment variable {settings.key_variable} holds no key; if the endpoint needs none, "
                'write key_variable = ""'
            )
        if self._key and settings.url.startswith("http://") and host not in _LOCAL:
            raise ConfigError(f"{settings.url}: a key is sent over https only")
        self._opener = urllib.request.build_opener(_NoRedirects)
        self._lock = threading.Lock()
        self.requests = 0
        self.read, self.written = (0, 0) if cache is None else _spent(cache / SPENT)

    def ask(self, body: dict[str, Any], understand: Callable[[str], Any]) -> Any:
        """Return what a request's answer means, from the cache where it is there.

        Args:
            body: of the request, without the model.
            understand: reads the text of an answer; raises ValueError where it is not what was asked for,
                which is then asked again.

        Raises:
            ModelError: there is no usable answer after all retries, or the budget is spent.
        """
        request = {"model": self.settings.model, "temperature": self.settings.temperature, **body}
        place = self._place(request)
        if place is not None and (known := _read(place)) is not None:
            with suppress(ValueError):  # of a file that someone else has changed: it is asked again
                return understand(_content(known))
        return self._ask(request, understand, place)

    def cost(self) -> float:
        """Return what the answers cost so far, in the unit of the prices."""
        return (self.read * self.settings.price_in + self.written * self.settings.price_out) / 1e6

    def _ask(self, request: dict[str, Any], understand: Callable[[str], Any], place: Path | None) -> Any:
        fault = ""
        for attempt in range(self.settings.retries + 1):
            self._pay()
            try:
                answer = self._send(request)
                self._count(answer)
                meaning = understand(_content(answer))
            except _Again as error:
                fault, pause = str(error), error.after
            except ValueError as error:
                fault, pause = excerpt(str(error), 120), 0.0
            else:
                if place is not None:
                    place.parent.mkdir(exist_ok=True)
                    write_text(place, json.dumps(answer, ensure_ascii=False))
                return meaning
            if attempt < self.settings.retries:
                self._wait(min(_LONGEST_WAIT, max(pause, 2.0**attempt)))
        raise ModelError(
            f"{self.settings.url}: no usable answer after {self.settings.retries + 1} requests: {fault}; "
            "what was answered is kept, --resume goes on"
        )

    def _pay(self) -> None:
        """Count a request, unless one bound or the other is reached."""
        settings = self.settings
        with self._lock:
            if settings.budget and self.cost() >= settings.budget:
                raise ModelError(
                    f"the budget of {settings.budget:g} is spent ({self.cost():.4g} for {self.read:,} tokens "
                    f"read and {self.written:,} written); raise it, and --resume goes on"
                )
            if settings.max_requests and self.requests >= settings.max_requests:
                raise ModelError(
                    f"max_requests = {settings.max_requests} are made; raise it, and --resume goes on"
                )
            self.requests += 1

    def _send(self, request: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "User-Agent": "onoma"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        url = self.settings.url.rstrip("/") + "/chat/completions"
        data = json.dumps(request, ensure_ascii=False).encode("utf-8", "replace")
        try:
            with self._opener.open(
                urllib.request.Request(url, data, headers), timeout=self.settings.timeout
            ) as reply:
                content = reply.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise self._refused(error) from None
        except (OSError, HTTPException) as error:  # no connection, time out, broken off
            reason = getattr(error, "reason", error)
            raise _Again(f"no answer: {excerpt(str(reason) or type(error).__name__, 120)}") from None
        if len(content) > _MOST_BYTES:
            raise ValueError("the answer is too long")
        answer = json.loads(content)
        if not isinstance(answer, dict):
            raise ValueError("the answer is no JSON object")
        return answer

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        with error:
            said = error.read(2000).decode("utf-8", "replace")
        if self._key:
            said = said.replace(self._key, "***")  # some servers repeat what they were given
        message = f"HTTP {error.code}: {excerpt(said, 120)}"
        if error.code in _AGAIN:
            return _Again(message, _seconds(error.headers))
        return ModelError(f"{self.settings.url}: {message}")

    def _count(self, answer: dict[str, Any]) -> None:
        usage = answer.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        read, written = _number(usage.get("prompt_tokens")), _number(usage.get("completion_tokens"))
        if self.settings.budget and not (read or written):
            raise ModelError(
                f"{self.settings.url}: its answers tell no numbers of tokens, so that no budget can be "
                "kept; bound them by max_requests"
            )
        with self._lock:
            self.read, self.written = self.read + read, self.written + written
            if self._cache is not None:
                # A line a paid answer, at once: what was spent is known however this process ends.
                self._cache.mkdir(parents=True, exist_ok=True)
                append_whole(self._cache / SPENT, f"{json.dumps([read, written])}\n".encode())

    def _place(self, request: dict[str, Any]) -> Path | None:
        if self._cache is None:
            return None
        told = json.dumps([self.settings.url, request], ensure_ascii=False, sort_keys=True)
        name = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        return self._cache / name[:2] / f"{name}.json"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the key to whatever host it names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow none."""
        return


class _Again(Exception):  # noqa: N818 - no failure yet
    """A request failed that may go well later.

    Args:
        message: what happened.
        after: seconds that the server asks to wait.
    """

    def __init__(self, message: str, after: float = 0.0) -> None:
        self.after = after
        super().__init__(message)


def _content(answer: dict[str, Any]) -> str:
    try:
        content = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise ValueError("the answer holds no message") from None
    if not isinstance(content, str):
        raise ValueError("the answer's message is no text")
    return content


def _read(path: Path) -> dict[str, Any] | None:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


def _spent(path: Path) -> tuple[int, int]:
    """Return the tokens read and written of all answers so far; a line that was torn off does not count."""
    read = written = 0
    if path.is_file():
        drop_half_line(path)
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            with suppress(ValueError, TypeError):
                one, other = json.loads(line)
                read, written = read + _number(one), written + _number(other)
    return read, written


def _seconds(headers: Message | None) -> float:
    try:
        return max(0.0, float((headers["Retry-After"] if headers else None) or 0))
    except ValueError:
        return 0.0  # a date: our own pauses will do


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
