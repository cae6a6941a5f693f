"""A server on this machine that speaks as much of OpenAI's protocol as is asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], Any]
"""(status, headers, body): a value that is sent as JSON, or bytes."""

NAMES = {"Anna": "PER", "Oslo": "LOC", "Berlin": "LOC", "John": "PER"}


def answer(content: str, read: int = 100, written: int = 10) -> dict[str, Any]:
    """Return the body of a chat completion."""
    return {
        "choices": [{"message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": read, "completion_tokens": written},
    }


def entities_of(text: str) -> str:
    """Return the answer of a model that knows a few names."""
    found = [{"text": word, "label": label} for word, label in NAMES.items() if word in text]
    return json.dumps({"entities": found})


class Stub:
    """A running server.

    Attributes:
        url: to be given to the client.
        requests: bodies that it got.
        headers: of these.
    """

    def __init__(self, reply: Callable[[int, dict[str, Any]], Reply | None]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with stub._lock:
                    number = len(stub.requests)
                    stub.requests.append(body)
                    stub.headers.append(dict(self.headers))
                given = reply(number, body)
                if given is None:
                    given = (200, {}, answer(entities_of(body["messages"][-1]["content"])))
                status, headers, content = given
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@contextmanager
def stub_endpoint(
    reply: Callable[[int, dict[str, Any]], Reply | None] = lambda number, body: None,
) -> Iterator[Stub]:
    """Serve until the block ends; ``reply`` returns None for the usual answer."""
    stub = Stub(reply)
    thread = threading.Thread(target=stub.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stub
    finally:
        stub.server.shutdown()
        thread.join()
        stub.server.server_close()
