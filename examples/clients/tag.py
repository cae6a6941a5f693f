"""Tag by Python's standard library alone: texts as arguments, a line an entity on standard output.

python tag.py "John lives in New York." "Mary left."

ONOMA_URL is the server, ONOMA_TOKEN its token, if it has one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("ONOMA_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("ONOMA_TOKEN", "")
TRIES = 5


def tag(texts: list[str]) -> list[dict[str, Any]]:
    """Return a result a text: its ``entities``, with offsets in code points, and ``labels``."""
    headers = {"Content-Type": "application/json"}
    if TOKEN:
        headers["Authorization"] = f"Bearer {TOKEN}"
    request = Request(f"{URL}/v1/tag", json.dumps({"texts": texts}).encode(), headers)
    for left in reversed(range(TRIES)):
        try:
            with urlopen(request, timeout=60) as answer:
                return list(json.load(answer)["results"])
        except HTTPError as error:
            if error.code != 429 or not left:
                problem = json.load(error)
                sys.exit(f"{error.code} {problem['error']}: {problem['message']}")
            time.sleep(float(error.headers.get("Retry-After", 1)))  # it is busy, and says for how long
    raise AssertionError


if __name__ == "__main__":
    try:
        results = tag(sys.argv[1:])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        sys.exit(f"{URL}: {error or type(error).__name__}")  # nobody is there, or somebody else
    for text, result in zip(sys.argv[1:], results, strict=True):
        for entity in result["entities"]:
            start, end = entity["start"], entity["end"]
            print(start, end, entity["label"], text[start:end], sep="\t")
