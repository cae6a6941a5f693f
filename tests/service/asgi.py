"""The application, asked without a network."""

import asyncio
from types import SimpleNamespace

from onoma.service.app import Service
from onoma.service.batching import Batcher
from onoma.service.limits import Limits
from onoma.service.metrics import Metrics

OWN = [(b"host", b"127.0.0.1:8080"), (b"content-type", b"application/json")]


def serve_one(tag, limits, **described):
    """Return a service with one model, ``m``, that tags by a function, and its batcher, to be stopped."""
    metrics, bounds = Metrics(), Limits(**limits)
    batcher = Batcher(
        tag,
        max_waiting=bounds.max_waiting,
        max_waiting_characters=bounds.max_waiting_characters,
        batch_tokens=bounds.batch_tokens,
        observer=metrics.observer("m"),
    )
    description = SimpleNamespace(name="m", **described)
    model = SimpleNamespace(source=SimpleNamespace(name="m"), description=description, batcher=batcher)
    return Service({"m": model}, bounds, metrics), batcher


def ask(app, *chunks: bytes, path="/v1/tag", method="POST", headers=(), ends=True, own=None):
    """Return status, headers, body, and how many chunks were read."""
    sent, read = [], []
    own = [pair for pair in (OWN if own is None else own) if pair[0] not in dict(headers)]

    async def receive():
        if len(read) == len(chunks):
            await asyncio.Event().wait()  # what comes next from a client that stays: nothing
        read.append(chunks[len(read)])
        return {"type": "http.request", "body": read[-1], "more_body": not ends or len(read) < len(chunks)}

    async def send(message):
        sent.append(message)

    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode()},
        **{"query_string": b"", "headers": [*own, *headers], "scheme": "http", "root_path": ""},
        **{"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1)},
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body, len(read)
