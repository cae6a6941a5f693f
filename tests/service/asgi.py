"""The application, asked without a network."""

import asyncio

OWN = [(b"host", b"127.0.0.1:8080"), (b"content-type", b"application/json")]


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
