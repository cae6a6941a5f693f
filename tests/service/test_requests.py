"""The application without a network: what each request is answered, and what is written about it."""

import asyncio
import json
import logging

import pytest
from asgi import OWN, ask

SECRET = "Zaphod Beeblebrox"


def test_offsets_are_code_points_and_text_stays_text(make) -> None:
    body = json.dumps({"text": "😀é <b> is"}).encode()
    status, _, answer, _ = ask(make(), body)
    assert json.loads(answer)["threshold"] == 0.25
    [entity] = json.loads(answer)["results"][0]["entities"]
    assert status == 200
    assert "😀é <b> is"[entity["start"] : entity["end"]] == entity["text"]
    assert json.loads(answer)["results"][0]["labels"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 10_000, 400),
        (b'{"text":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"text": "\\ud800 %s"}' % SECRET.encode(), 400),
        (b'{"text": "\xed\xa0\x80"}', 400),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "\\u0000%s"}' % SECRET.encode(), 422),
        (b'{"text": ["%s"]}' % SECRET.encode(), 422),
        (b'{"texts": "%s"}' % SECRET.encode(), 422),
        (b'{"texts": ["a", 1, null]}', 422),
        (b'{"%s": "a", "text": "b"}' % SECRET.encode(), 422),
        (b'{"text": "a", "texts": ["%s"]}' % SECRET.encode(), 422),
        (b'{"texts": []}', 422),
        (b"{}", 422),
        (b"null", 422),
        (b'{"text": 12345678901234567890123456789012345678901234567890}', 422),
        (b'{"text": "a", "model": "%s"}' % SECRET.encode(), 404),
        (b'{"texts": ["a", "b", "c", "d"]}', 413),
        (b'{"text": "fail %s"}' % SECRET.encode(), 500),
    ],
)
def test_what_cannot_be_tagged_is_refused_without_repeating_it(make, caplog, body, status) -> None:
    app = make(max_texts=3, max_body=100_000)
    found, headers, answer, _ = ask(app, body)
    assert found == status
    assert set(json.loads(answer)) == {"error", "message"}
    assert headers[b"content-type"] == b"application/json"
    written = caplog.text + answer.decode()
    assert "Zaphod" not in written
    assert "Traceback" not in written
    assert (status == 500) == ("ValueError at" in caplog.text)
    assert ask(app, b'{"text": "alive"}')[0] == 200


def test_no_more_is_read_than_allowed(make) -> None:
    chunks = [b"x" * 10] * 50
    status, _, _, read = ask(make(max_body=25), *chunks)
    assert (status, read) == (413, 3)
    for declared in (b"26", b"99999999999999999999", b"-1", b"1_0", b"\xb2"):
        status, _, _, read = ask(make(max_body=25), *chunks, headers=[(b"content-length", declared)])
        assert (status, read) == (413, 0)


def test_a_body_that_does_not_end_is_given_up(make) -> None:
    assert ask(make(timeout=0.01), b'{"text":', ends=False)[0] == 408


def test_an_answer_that_comes_too_late_is_not_waited_for(make) -> None:
    import threading

    gate = threading.Event()

    def wait(documents):
        gate.wait()
        return list(documents)

    app = make(wait, timeout=0.05)
    assert ask(app, b'{"text": "a"}')[0] == 504
    gate.set()


def test_the_token_is_needed_where_data_is(make) -> None:
    app = make(token=b"0123456789abcdef")
    good = [(b"authorization", b"Bearer 0123456789abcdef")]
    for path in ("/v1/tag", "/v1/models", "/metrics", "/v1/none"):
        for value in (b"Bearer 0123456789abcdeg", b"Bearer", b"Basic 0123456789abcdef", b"Bearer \xff"):
            status, headers, _, _ = ask(app, path=path, headers=[(b"authorization", value)])
            assert (status, headers[b"www-authenticate"]) == (401, b"Bearer")
        assert ask(app, path=path)[0] == 401
        assert ask(app, path=path, headers=good * 2)[0] == 401
    assert ask(app, b'{"text": "a"}', headers=good)[0] == 200
    for path in ("/", "/page.js", "/livez", "/readyz", "/openapi.json"):
        assert ask(app, path=path, method="GET")[0] == 200


def test_paths_and_methods_that_do_not_exist_are_counted_under_one_name(make) -> None:
    app = make()
    assert ask(app, path=f"/{SECRET}", method="GET")[0] == 404
    assert ask(app, path="/v1/tag", method="GET")[0] == 405
    figures = ask(app, path="/metrics", method="GET")[2].decode()
    assert 'onoma_requests_total{route="other",status="404"} 1.0' in figures
    assert "Zaphod" not in figures


def test_the_api_is_described(make) -> None:
    described = json.loads(ask(make(), path="/openapi.json", method="GET")[2])
    tag = described["paths"]["/v1/tag"]["post"]
    assert {"200", "400", "401", "413", "422", "429", "504"} <= set(tag["responses"])
    asked = tag["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(asked) == {"text", "texts", "model"}
    assert "code point" in tag["description"]


def test_a_client_that_leaves_is_no_error(make, caplog) -> None:
    app = make()

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    scope = {"type": "http", "method": "POST", "path": "/v1/tag", "headers": OWN, "query_string": b""}
    with caplog.at_level(logging.WARNING):
        asyncio.run(app(scope, receive, send))
    assert not caplog.records


def test_what_nobody_waits_for_any_more_is_not_tagged(make) -> None:
    import threading

    gate, began, tagged = threading.Event(), threading.Event(), []

    def wait(documents):
        began.set()
        gate.wait()
        tagged.extend(document.text for document in documents)
        return list(documents)

    app = make(wait)
    statuses = {}

    def client(text, leaves):
        body = json.dumps({"text": text}).encode()
        messages = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            if messages:
                return messages.pop()
            if not leaves:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message):
            statuses.setdefault(text, message.get("status"))

        scope = {"type": "http", "method": "POST", "path": "/v1/tag", "headers": OWN, "query_string": b""}
        return app(scope, receive, send)

    async def both():
        stays = asyncio.ensure_future(client("stays", leaves=False))
        await asyncio.to_thread(began.wait)
        await client("leaves", leaves=True)
        gate.set()
        await stays

    asyncio.run(both())
    assert statuses == {"stays": 200, "leaves": 499}
    assert tagged == ["stays"]
