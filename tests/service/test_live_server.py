"""The real server, asked over the network."""

import fcntl
import json
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live_server import LiveServer, running, same

from devtools import browser, find_browser
from onoma.cli.main import main
from onoma.reports.palette import color_slot

SECRET = "Zaphod Beeblebrox"


def test_many_clients_get_each_the_offline_prediction_of_their_text(
    server: LiveServer, tagger, texts
) -> None:
    expected = [tagger(text) for text in texts]
    assert sum(len(document.entities) for document in expected) > len(texts)

    def ask(index: int) -> bool:
        chosen = [(index + step) % len(texts) for step in range(1 + index % 3)]
        asked = {"texts": [texts[one] for one in chosen]} if index % 2 else {"text": texts[chosen[0]]}
        answer = server.tag(asked)
        results = answer.json["results"]
        wanted = chosen if index % 2 else chosen[:1]
        assert len(results) == len(wanted)
        return all(same(found, expected[one]) for found, one in zip(results, wanted, strict=True))

    before = server.figure('onoma_batch_requests_count{model="small"}')
    with ThreadPoolExecutor(16) as clients:
        assert all(clients.map(ask, range(128)))
    batches = server.figure('onoma_batch_requests_count{model="small"}') - before
    assert 1 <= batches <= 128
    assert server.figure('onoma_queue_requests{model="small"}') == 0
    assert server.figure('onoma_tokens_total{model="small"}') > 1_000


def test_what_is_not_sure_is_left_out(run: Path, server: LiveServer, texts) -> None:
    everything = server.tag({"text": texts[0]}).json["results"][0]["entities"]
    scores = sorted(entity["score"] for entity in everything)
    limit = (scores[0] + scores[-1]) / 2
    with running(f"small={run}", "--min-score", limit, "--drain", 0) as strict:
        kept = strict.tag({"text": texts[0]}).json["results"][0]["entities"]
    assert scores[0] < limit
    assert kept == [entity for entity in everything if entity["score"] >= limit]


def test_hostile_requests_fail_alone_and_leave_no_trace(server: LiveServer) -> None:
    cases = {
        b'{"text": "%s': 400,
        b'{"text": "\\udc00 %s"}': 400,
        b'{"text": "\\u0000 %s"}': 422,
        b'{"%s": 1}': 422,
        b'{"text": "%s", "model": "none"}': 404,
        b'{"texts": ["%s", "", "", "", "", ""]}': 413,
        b"[" * 19_000 + b"%s": 400,
        b'"%s' + b"x" * 20_000: 413,
    }
    with ThreadPoolExecutor(4) as clients:
        good = [clients.submit(server.tag, {"text": f"Anna met {SECRET}."}) for _ in range(8)]
        for body, status in cases.items():
            answer = server.tag(body.replace(b"%s", SECRET.encode()))
            assert answer.status == status, body[:40]
            assert b"Zaphod" not in answer.body
    assert {each.result().status for each in good} == {200}
    chunked = server.tag((b"x" * 1_000 for _ in range(30)), encode_chunked=True)
    assert chunked.status == 413
    described = server.ask("GET", "/v1/models").json["models"]
    assert [model["name"] for model in described] == ["small"]
    assert described[0]["document_labels"] == []
    assert "PER" in described[0]["entity_labels"]
    assert described[0]["tokenizer"] == "onoma@1"
    assert len(server.log) == 1
    assert "Zaphod" not in server.log[0]


def test_the_page_shows_entities_and_text_stays_text(server: LiveServer, tagger, tmp_path: Path) -> None:
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is installed")
    attack = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    text = f"😀 Anna Smith lives in New York . {attack} Peter met Anna in London ."
    expected = tagger(text).entities
    with browser(program, tmp_path) as tab:
        tab.open(f"http://127.0.0.1:{server.port}/")
        tab.value(f"find('text').value = {json.dumps(text)}; find('form').requestSubmit(); 0")
        tab.value(
            "new Promise((done) => { const look = () => find('result').hidden ? requestAnimationFrame(look)"
            " : done(0); look(); })"
        )
        marks = tab.value("[...document.querySelectorAll('mark')].map((one) => one.firstChild.data)")
        assert marks == [span.text for span in expected]
        assert len(expected) >= 2
        names = tab.value(
            "[...document.querySelectorAll('#entities td:first-child')].map((c) => c.textContent)"
        )
        assert names == marks
        shown = (
            "[...find('marked').childNodes].map((n) => n.firstChild ? n.firstChild.data : n.data).join('')"
        )
        assert tab.value(shown) == text
        assert tab.value("document.title") == "Onoma"
        assert tab.value("document.scripts.length") == 1
        assert tab.value("document.images.length") == 0
        labels = ["PER", "Location", "Größe", "EVENT", "x-1", "数量"]
        assert tab.value(f"{json.dumps(labels)}.map(colorSlot)") == [color_slot(one) for one in labels]
        nested = [
            {"start": 0, "end": 5, "label": "A", "score": 0.5, "text": ""},
            {"start": 0, "end": 2, "label": "B", "score": None, "text": ""},
            {"start": 3, "end": 5, "label": "C", "score": 1, "text": ""},
        ]
        laid = (
            f"(() => {{ const p = document.createElement('p'); lay(p, [...'ab cd e'], {json.dumps(nested)});"
        )
        inner = "[...p.querySelectorAll('mark mark')].map((one) => one.firstChild.data)"
        assert tab.value(f"{laid} return {inner}; }})()") == ["ab", "cd"]
        assert tab.value(f"{laid} return p.textContent; }})()") == "ab B cd C 100 % A 50 % e"
        tab.call(
            "Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=2, mobile=True
        )
        assert tab.value("document.documentElement.scrollWidth") <= 360
        back = "getComputedStyle(document.body).backgroundColor"
        seen = set()
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            tab.call("Emulation.setEmulatedMedia", features=features)
            seen.add(tab.value(back))
        assert len(seen) == 2
        tab.value("find('result').hidden = true; find('example').click(); 0")
        tab.value(
            "new Promise((done) => { const look = () => find('result').hidden ? requestAnimationFrame(look)"
            " : done(0); look(); })"
        )
        assert tab.value("find('text').value").startswith("Anna Lindqvist")
        assert tab.value("find('marked').textContent").startswith("Anna Lindqvist")
        assert tab.value("find('topics').hidden")  # the model gives no document labels
        assert tab.value(
            "[...document.querySelectorAll('mark')].every((m) => m.getClientRects().length === 1)"
        )
        assert tab.complaints() == []
        assert {address.split("/")[2] for address in tab.requests()} == {f"127.0.0.1:{server.port}"}


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/", "/page.js", "/v1/models", "/openapi.json", "/none"]
)
def test_head_is_get_without_a_body(server: LiveServer, path: str) -> None:
    whole, head = server.ask("GET", path), server.ask("HEAD", path)
    assert head.status == whole.status
    assert head.headers["Content-Length"] == str(len(whole.body))
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.body == b""


def test_head_of_figures_and_of_what_is_only_posted(server: LiveServer) -> None:
    assert server.ask("HEAD", "/metrics").status == 200
    refused = server.ask("HEAD", "/v1/tag")
    assert (refused.status, refused.headers["Allow"], refused.body) == (405, "POST", b"")


def test_the_page_about_the_api_names_all_of_it(server: LiveServer) -> None:
    page = server.ask("GET", "/api.html")
    assert page.status == 200
    text = page.body.decode()
    described = server.ask("GET", "/openapi.json").json
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in text
            for status in operation["responses"] if path == "/v1/tag" else ():
                assert status == "200" or status in text, status
    assert "<script" not in text


def test_sigterm_loses_nothing_that_was_accepted(run: Path, tagger, texts, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    program = (str(Path(__file__).parent / "gated_server.py"),)
    with running(f"m={run}", "--queue", 6, "--drain", 0.3, program=program, GATE=str(gate)) as server:
        with ThreadPoolExecutor(16) as clients:
            with gate.open() as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                jobs = [clients.submit(server.tag, {"text": text}) for text in texts[:16]]
                refused = 'onoma_requests_total{route="/v1/tag",status="429"}'
                # One more is in flight: the question itself.
                while server.figure(refused) + server.figure("onoma_requests_in_flight") != 17:
                    pass
                server.send(signal.SIGTERM)
                assert wait_for(server, "/readyz", 503)
                assert wait_for(server, "/readyz", None)
            answers = [job.result() for job in jobs]
        accepted = 0
        for text, answer in zip(texts, answers, strict=False):
            if answer.status == 429:
                assert 1 <= int(answer.headers["Retry-After"]) <= 60
            else:
                assert (answer.status, answer.headers["Connection"]) == (200, "close")
                assert same(answer.json["results"][0], tagger(text))
                accepted += 1
        assert 7 <= accepted < 16
        assert server.wait() == 0
        assert len(server.log) == 1


def wait_for(server: LiveServer, path: str, status: int | None) -> bool:
    """Ask until the status is there; None for nobody there."""
    while True:
        try:
            found = server.ask("GET", path).status
        except OSError:
            return status is None
        if found == status:
            return True


def test_reload_swaps_a_good_bundle_and_keeps_the_old_one_for_a_bad(
    run: Path, tagger, texts, tmp_path: Path
) -> None:
    bundle = Path(shutil.copytree(run / "bundle", tmp_path / "bundle"))
    token = tmp_path / "token"
    token.write_text("correct-horse-battery\n")
    own = {"Authorization": "Bearer correct-horse-battery"}
    with running(
        *(f"a={bundle}", f"b={run}", "--token-file", token, "--watch", 0.02, "--drain", 0)
    ) as server:

        def figure(result: str) -> float:
            text = server.ask("GET", "/metrics", headers=own).body.decode()
            lines = [line for line in text.splitlines() if line.startswith("onoma_reloads_total")]
            wanted = f'onoma_reloads_total{{model="a",result="{result}"}} '
            return sum(float(line.split()[-1]) for line in lines if line.startswith(wanted))

        def version() -> str:
            return server.ask("GET", "/v1/models", headers=own).json["models"][0]["version"]

        def tags_as_before(model: str) -> bool:
            answer = server.tag({"text": texts[3], "model": model}, headers=own)
            return answer.json["model"] == model and same(answer.json["results"][0], tagger(texts[3]))

        assert server.tag({"text": "a"}).status == 401
        first = version()
        assert tags_as_before("a")
        assert tags_as_before("b")
        # Broken in place: seen, refused, and the old one stays.
        weights = bundle / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-8])
        while not figure("failed"):
            pass
        assert version() == first
        assert tags_as_before("a")
        weights.write_bytes(whole)
        while not figure("ok"):
            pass
        # Another bundle in its place: its labels are served.
        other = Path(shutil.copytree(bundle, tmp_path / "other"))
        manifest = json.loads((other / "manifest.json").read_text())
        (other / "manifest.json").write_text(json.dumps(manifest, indent=3))
        bundle.rename(tmp_path / "old")
        other.rename(bundle)
        while version() == first:
            pass
        assert tags_as_before("a")
        before = figure("ok")
        server.send(signal.SIGHUP)
        while figure("ok") == before:
            pass
    assert any("a is not reloaded, the old model stays" in line for line in server.log)
    assert "correct-horse" not in "".join(server.log)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "--host 0.0.0.0: other machines could reach it; give --token-file"),
        (["--host", "::"], "other machines could reach it"),
        (["--host", "no such host"], "no such address"),
        (["--token-file", "{short}"], "shorter than 16 characters"),
        (["--token-file", "{missing}"], "cannot read the token"),
        (["{missing}"], "same name"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, capsys, options, message) -> None:
    (tmp_path / "short").write_text("short\n")
    named = {"short": tmp_path / "short", "missing": tmp_path / "missing"}
    chosen = [option.format(**named) for option in options]
    assert main(["serve", str(tmp_path / "missing"), "--port", "0", *chosen]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("onoma: error: ")
    assert message in line


FLOATS = ("--timeout", "--head-timeout", "--drain", "--watch", "--retrain-margin")
SCORES = ("--min-score", "--min-precision", "--min-recall")


@pytest.mark.parametrize("value", ["inf", "nan", "1e999"])
@pytest.mark.parametrize("option", [*FLOATS, *SCORES])
def test_endless_numbers_are_refused(capsys, option: str, value: str) -> None:
    assert main(["serve", "en", "--port", "0", option, value]) == 2
    assert option in capsys.readouterr().err


def test_a_taken_port_and_a_missing_model_are_one_line(server: LiveServer, tmp_path: Path, capsys) -> None:
    assert main(["serve", str(tmp_path), "--port", str(server.port)]) == 2
    assert main(["serve", f"x={tmp_path}", "--port", "0"]) == 2
    taken, missing = capsys.readouterr().err.splitlines()
    assert f"cannot listen on 127.0.0.1, port {server.port}" in taken
    assert "neither a bundle nor a finished run" in missing


def test_without_the_extra_it_is_named(monkeypatch, capsys) -> None:
    monkeypatch.setattr("onoma.cli.serve._NEEDED", ("no_such_module",))
    assert main(["serve", "x"]) == 2
    assert "pip install 'onoma[serve]'" in capsys.readouterr().err
