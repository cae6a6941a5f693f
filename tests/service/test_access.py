"""Names and sites: what a page from elsewhere, in a browser on this machine, may not do."""

import json

import pytest
from asgi import ask
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.service.access import Access
from onoma.service.settings import ServerSettings

TOKEN = b"0123456789abcdef"


def check(access: Access, host: str | None = "localhost:8080", origin: str | None = None, path="/v1/tag"):
    given = [(b"host", host), (b"origin", origin)]
    headers = [(name, value.encode("latin-1")) for name, value in given if value is not None]
    problem = access.check({"type": "http", "path": path, "headers": headers})
    return problem.code if problem else None


OWN = (
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "127.0.0.1:8080",
    "127.8.9.1",
    "[::1]",
    "[::1]:8080",
    "ner.example:80",
)
FOREIGN = (
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "[::2]",
    "",
    "a b",
    None,
)


@pytest.mark.parametrize("host", OWN)
def test_own_names_may_be_asked(host) -> None:
    assert check(Access(["ner.example"]), host) is None


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_may_not(host) -> None:
    assert check(Access(["ner.example"]), host) == "host-not-allowed"
    assert check(Access(["ner.example"]), host, path="/livez") is None
    assert check(Access(None), host) is None


def test_two_names_are_none() -> None:
    headers = [(b"host", b"localhost"), (b"host", b"localhost")]
    assert Access([]).check({"type": "http", "path": "/", "headers": headers}).code == "host-not-allowed"


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://localhost:8080", "localhost:8080", True),
        ("http://LocalHost:8080", "localhost:8080", True),
        ("https://ner.example", "ner.example", True),  # a proxy speaks TLS
        ("https://ner.example", "ner.example:443", True),
        ("http://ner.example", "ner.example:443", False),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://localhost:8081", "localhost:8080", False),
        ("http://127.0.0.1:8080", "localhost:8080", False),
        ("http://localhost:8080.evil.example", "localhost:8080", False),
        ("http://evil@localhost:8080", "localhost:8080", False),
        ("file://localhost:8080", "localhost:8080", False),
        ("http://evil.example", "localhost:8080", False),
        ("https://app.example", "localhost:8080", True),  # allowed by name
        ("http://app.example", "localhost:8080", False),
        ("null", "localhost:8080", False),
        ("", "localhost:8080", False),
        ("", "", False),
    ],
)
def test_a_page_of_another_site_may_not_ask(origin, host, allowed) -> None:
    for access in (
        Access(None, ["https://app.example"]),
        Access(["ner.example"], ["https://app.example:443/"]),
    ):
        if host:
            assert check(access, host, origin) == (None if allowed else "origin-not-allowed")


@given(
    st.text(st.characters(max_codepoint=255), max_size=20),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
def test_no_header_breaks_the_check(host, origin) -> None:
    assert check(Access([]), host, origin) in ("host-not-allowed", "origin-not-allowed", None)
    assert check(Access(None), "localhost:8080", f"{origin}.evil.example") == "origin-not-allowed"


@pytest.mark.parametrize(
    ("hosts", "origins"),
    [
        (["http://a"], []),
        (["a:80"], []),
        ([""], []),
        (["a b"], []),
        ([], ["a"]),
        ([], ["ftp://a"]),
        ([], ["https://"]),
    ],
)
def test_names_and_sites_that_are_none_are_refused(hosts, origins) -> None:
    with pytest.raises(ConfigError, match="--allowed-"):
        Access(hosts, origins)


def test_with_a_token_names_are_checked_only_where_some_are_given() -> None:
    assert check(ServerSettings().access(), "evil.example")
    assert check(ServerSettings(token=TOKEN).access(), "evil.example") is None
    assert check(ServerSettings(token=TOKEN, allowed_hosts=("ner.example",)).access(), "evil.example")
    assert check(ServerSettings(token=TOKEN).access(), origin="http://evil.example")
    own = ServerSettings("fe80::1%eth0", token=TOKEN, allowed_hosts=("ner.example",)).access()
    assert [check(own, host) for host in ("ner.example", "[fe80::1]:8080", "[::1]")] == [None] * 3


def test_refusals_are_told_and_counted_and_nothing_is_repeated(make) -> None:
    app = make()
    for header in ((b"host", b"evil.example"), (b"origin", b"http://evil.example")):
        for path in ("/v1/tag", "/", "/metrics", "/v1/models", "/openapi.json"):
            status, _, body, read = ask(app, b'{"text": "a"}', path=path, headers=[header])
            assert (status, read) == (403, 0)
            assert b"evil" not in body
    figures = ask(app, path="/metrics", method="GET")[2].decode()
    assert 'onoma_requests_total{route="/v1/tag",status="403"} 2.0' in figures


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (b"application/json", 200),
        (b"Application/JSON; charset=utf-8", 200),
        (b"text/plain", 415),
        (b"application/x-www-form-urlencoded", 415),
        (b"multipart/form-data; boundary=application/json", 415),
        (b"text/plain; application/json", 415),
        (b"", 415),
        (None, 415),
    ],
)
def test_json_must_be_said_to_be_json(make, kind, status) -> None:
    own = [(b"host", b"localhost")] + ([(b"content-type", kind)] if kind is not None else [])
    found, _, answer, read = ask(make(), b'{"text": "a"}', own=own)
    assert (found, read) == (status, int(status == 200))
    assert (status == 200) == ("results" in json.loads(answer))


SITE = (b"origin", b"https://app.example")
PREFLIGHT = (b"access-control-request-method", b"POST")


@pytest.fixture
def app(make):
    return make(token=TOKEN, access=Access([], ["https://app.example"]))


def test_a_page_of_an_allowed_site_may_ask_and_read(app) -> None:
    status, headers, body, _ = ask(app, method="OPTIONS", headers=[SITE, PREFLIGHT])
    assert (status, headers[b"access-control-allow-origin"], body) == (204, SITE[1], b"")
    assert headers[b"access-control-allow-headers"].lower() == b"authorization, content-type"
    assert b"POST" in headers[b"access-control-allow-methods"]
    token = (b"authorization", b"Bearer " + TOKEN)
    for sent, status in (([SITE, token], 200), ([SITE], 401)):
        found, headers, _, _ = ask(app, b'{"text": "a"}', headers=sent)
        assert (found, headers[b"access-control-allow-origin"]) == (status, SITE[1])
        assert headers[b"access-control-expose-headers"] == b"Retry-After"  # a busy server says for how long
        assert headers[b"vary"] == b"Origin"
    own = ask(app, b'{"text": "a"}', headers=[token])[1]
    assert b"access-control-allow-origin" not in own
    assert own[b"vary"] == b"Origin"


def test_a_preflight_of_a_foreign_site_is_refused_as_all_else(app) -> None:
    for method, more in (("OPTIONS", [PREFLIGHT]), ("POST", [])):
        foreign = (b"origin", b"https://evil.example")
        status, headers, body, _ = ask(app, b'{"text": "a"}', method=method, headers=[foreign, *more])
        assert (status, json.loads(body)["error"]) == (403, "origin-not-allowed")
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert b"access-control-allow-origin" not in headers


def test_options_that_is_no_preflight_gets_what_other_methods_get(app) -> None:
    status, headers, body, _ = ask(app, path="/livez", method="OPTIONS", headers=[SITE])
    assert (status, set(json.loads(body))) == (405, {"error", "message"})
    assert headers[b"access-control-allow-origin"] == SITE[1]


def test_no_site_is_told_where_none_is_allowed(make) -> None:
    assert b"vary" not in ask(make(), b'{"text": "a"}')[1]
