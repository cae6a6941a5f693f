"""A project's annotation by Label Studio's own export, where an address and a key are given."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from onoma.errors import ConfigError, DataError
from onoma.readers import ReadLog, ReadOptions
from onoma.readers.json.input import read_json
from onoma.readers.source import Source

URL, KEY = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
"""Environment variables; Label Studio's own SDK has the same."""
_MOST_BYTES = 256 << 20
_SECONDS = 60.0
Json = dict[str, Any]


class _NoRedirects(HTTPRedirectHandler):
    """The key is for the address that was given, and for no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """A Label Studio that can be asked.

    Args:
        url: of it.
        key: an access token, or a legacy token; never shown.
    """

    url: str
    key: str = field(repr=False)

    @classmethod
    def from_environment(cls) -> LabelStudio | None:
        """Return the one that the environment names; None where there is none.

        Raises:
            ConfigError: only one of the two is set, or the address is none.
        """
        url, key = os.environ.get(URL, ""), os.environ.get(KEY, "")
        if not url and not key:
            return None
        if not url or not key:
            raise ConfigError(f"set both {URL} and {KEY}, or neither")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ConfigError(f"{URL}: write an address such as https://label-studio.example.org")
        if not key.isascii() or not key.isprintable():
            raise ConfigError(f"{KEY}: is no key")
        return cls(url.rstrip("/"), key)

    def annotated_tasks(self, project: str) -> Iterator[Json]:
        """Yield the annotated tasks of a project; they are on disk, and one at a time in memory.

        Raises:
            DataError: it cannot be reached, refuses, or sends no export.
        """
        if not project.isdecimal():
            raise DataError("the project's number is none", code="label-studio")
        place = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=false"
        with tempfile.TemporaryDirectory(prefix="onoma-export-") as folder:
            path = Path(folder) / "export.json"
            with path.open("wb") as target:
                self._get(place, target)
            source = Source(path)
            try:
                for _, task in read_json(source, ReadOptions(), ReadLog()):
                    yield task
            finally:
                source.close()

    def _get(self, place: str, target: BinaryIO) -> None:
        with _asked(Request(self.url + place, headers={"Authorization": self._authorization()})) as answer:
            received = 0
            while block := answer.read(1 << 16):
                received += len(block)
                if received > _MOST_BYTES:
                    raise DataError("the export is longer than 256 MiB", code="label-studio")
                target.write(block)

    def _authorization(self) -> str:
        """Return the header; what looks like a JSON web token is a personal one, which is exchanged first."""
        if self.key.count(".") != 2:
            return f"Token {self.key}"
        body = json.dumps({"refresh": self.key}).encode()
        headers = {"Content-Type": "application/json"}
        with _asked(Request(f"{self.url}/api/token/refresh", body, headers)) as answer:
            try:
                return f"Bearer {json.loads(answer.read(1 << 16))['access']}"
            except (ValueError, KeyError, TypeError):
                raise DataError("Label Studio gave no access token", code="label-studio") from None


def _asked(request: Request) -> Any:
    """Open a request; its faults become ours, without the key and what was sent."""
    try:
        return build_opener(_NoRedirects).open(request, timeout=_SECONDS)
    except HTTPError as error:
        raise DataError(f"Label Studio answers {error.code}", code="label-studio") from None
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise DataError(f"Label Studio cannot be asked: {reason}", code="label-studio") from None
