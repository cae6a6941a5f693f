"""Trainings beside the server: taken, refused, failed, one at a time; and exports of annotation."""

import asyncio
import json
import os
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from studio_payloads import CONFIGURATION, annotation, event, region

from onoma.errors import ConfigError, DataError
from onoma.service.label_studio import retraining
from onoma.service.label_studio.annotations import Annotations, StoreFullError
from onoma.service.label_studio.backend import Backend
from onoma.service.label_studio.export import KEY, URL, LabelStudio
from onoma.service.label_studio.history import History, accepted_source
from onoma.service.label_studio.payloads import read_event
from onoma.service.label_studio.retraining import Retrainer
from onoma.service.label_studio.settings import Retraining, StudioSettings
from onoma.service.served import Source

VERDICT = 'print(json.dumps({"taken": True, "reason": "it is better"}))'
BEGIN = (
    "import json, os, shutil, sys, time",
    "from pathlib import Path",
    "model, run = map(Path, sys.argv[1:])",
)
COPY = "shutil.copytree(model, run)"
ALONE = 'Path("alone").touch(exist_ok=False); time.sleep(0.2); Path("alone").unlink()'
"""Fails where another training is at work."""


class Reloader:
    def __init__(self, works: bool = True) -> None:
        self.taken, self.works = [], works

    async def take(self, model, place) -> bool:
        self.taken.append(place)
        if self.works:
            model.source = Source(model.source.name, place)
        return self.works


@pytest.fixture
def backend(tmp_path: Path, run: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that makes a retrainer whose trainings are a few lines of Python."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "studio"
    kept = Annotations(folder)
    seen = []

    def make(*lines: str, after: int = 0, works: bool = True, source: LabelStudio | None = None) -> Retrainer:
        def command(model: str, annotated: Path, out: Path, how: Retraining) -> list[str]:
            seen.append(json.loads(annotated.read_text()))
            return [sys.executable, "-c", "\n".join((*BEGIN, *lines)), model, str(out)]

        monkeypatch.setattr(retraining, "_command", command)
        origin = Source("m", str(run))
        model = SimpleNamespace(
            source=origin, description=SimpleNamespace(entity_labels=["LOC", "ORG", "PER"])
        )
        settings = StudioSettings(folder=folder, retraining=Retraining("en", after=after))
        made = Retrainer(settings, kept, model, Reloader(works), origin, source)
        made.seen = seen
        return made

    yield make
    kept.close()


def annotate(retrainer: Retrainer, *tasks: int, text: str = "Ann left.") -> None:
    for task in tasks:
        payload = event("ANNOTATION_CREATED", task, text, region(0, 3, "Ann", "Person"))
        retrainer.annotations.add(read_event(payload).records)


def train(retrainer: Retrainer, times: int = 1) -> list[dict]:
    """Ask for trainings, all at once, and return how they ended, the first one first."""

    async def ask() -> None:
        for _ in range(times):
            assert retrainer.consider("3", asked=True)
            await asyncio.sleep(0)
        await retrainer._task

    asyncio.run(ask())
    return retrainer.history.last(100)[::-1]


def test_a_model_that_passed_is_taken_and_served_after_a_restart(backend, run: Path) -> None:
    retrainer = backend(COPY, VERDICT)
    annotate(retrainer, 7, 8)
    (ended,) = train(retrainer)
    assert (ended["outcome"], ended["reason"], ended["tasks"]) == ("taken", "it is better", 2)
    (place,) = retrainer.reloader.taken
    assert accepted_source(retrainer.folder, Source("m", str(run))) == Source("m", place)
    # In place of this very model only.
    assert accepted_source(retrainer.folder, Source("m", "en")) == Source("m", "en")
    assert [one["annotations"][0]["result"][0]["value"]["labels"] for one in retrainer.seen[0]] == [
        ["PER"]
    ] * 2
    assert retrainer.annotations.num_fresh == 0
    retrainer.annotations.close()
    with Backend(retrainer.settings, Source("m", str(run))) as again:
        assert again.source == Source("m", place)
        assert again.annotations.num_tasks == 2
    shutil.rmtree(place)
    assert accepted_source(retrainer.folder, Source("m", str(run))) == Source("m", str(run))


@pytest.mark.parametrize(
    ("lines", "outcome", "reason"),
    [
        (('print(json.dumps({"reason": "may be worse"})); sys.exit(1)',), "refused", "may be worse"),
        (("raise ValueError('x')",), "failed", "ValueError: x"),
        (("sys.exit('onoma: error: no such rung')",), "failed", "no such rung"),
        (("sys.exit(2)",), "failed", "the training ended with exit code 2"),
        (("os.kill(os.getpid(), 9)",), "failed", "the training ended with exit code -9"),
        ((), "failed", "the training ended with exit code 0"),
        (("print('[]')",), "failed", "the training ended with exit code 0"),
        (("print('x' * (1 << 20))",), "failed", "the training ended with exit code 0"),
    ],
)
def test_what_did_not_pass_is_not_taken_and_leaves_the_old_model(
    backend, caplog, lines: tuple, outcome: str, reason: str
) -> None:
    retrainer = backend(COPY, *lines)
    before = retrainer.model.source
    annotate(retrainer, 7)
    first, second = train(retrainer) and train(retrainer)
    for number, ended in enumerate((first, second), 1):
        assert (ended["number"], ended["outcome"], ended["reason"]) == (number, outcome, reason)
    assert retrainer.reloader.taken == []
    assert retrainer.model.source == before
    assert not retrainer.history.run(1).exists()
    assert not (retrainer.folder / "accepted.json").exists()
    told = reason if outcome == "refused" else f"see {retrainer.history.log_file(1)}"
    assert f"training 1: {outcome}: {told}" in caplog.text
    assert retrainer.current is None


def test_a_model_that_cannot_be_served_is_a_failure(backend) -> None:
    retrainer = backend(COPY, VERDICT, works=False)
    annotate(retrainer, 7)
    assert [one["outcome"] for one in train(retrainer)] == ["failed"]
    assert not (retrainer.folder / "accepted.json").exists()


def test_without_annotation_nothing_is_trained(backend) -> None:
    retrainer = backend(COPY, VERDICT)
    (ended,) = train(retrainer)
    assert ended["outcome"] == "failed"
    assert "no annotated task" in ended["reason"]
    assert retrainer.seen == []


def test_however_often_it_is_asked_one_training_runs_at_a_time(backend) -> None:
    retrainer = backend(ALONE, COPY, VERDICT)
    annotate(retrainer, 7)
    # The first has begun when the others come; these are one.
    assert [one["outcome"] for one in train(retrainer, 5)] in (["taken"] * 2, ["taken"])
    assert len(retrainer.seen) <= 2


def test_what_is_annotated_meanwhile_is_for_the_next(backend) -> None:
    retrainer = backend(ALONE, COPY, VERDICT, after=2)

    async def work() -> None:
        annotate(retrainer, 1)
        assert not retrainer.consider("3", asked=False)
        annotate(retrainer, 2)
        assert retrainer.consider("3", asked=False)
        while not retrainer.seen:
            await asyncio.sleep(0.01)
        annotate(retrainer, 3, 4)
        assert not retrainer.consider("3", asked=False)  # one is at work
        await retrainer._task

    asyncio.run(work())
    assert [len(tasks) for tasks in retrainer.seen] == [2, 4]
    assert [one["why"] for one in retrainer.history.last(9)] == ["2 tasks annotated"] * 2


@pytest.mark.parametrize("error", [StoreFullError(), OSError(28, "No space left on device")])
def test_a_full_store_does_not_train_without_end(
    backend, monkeypatch: pytest.MonkeyPatch, caplog, error: Exception
) -> None:
    retrainer = backend(COPY, VERDICT, after=1)
    annotate(retrainer, 1)

    def refuse(records) -> None:
        raise error

    monkeypatch.setattr(retrainer.annotations, "add", refuse)

    async def work() -> None:
        assert retrainer.consider("3", asked=False)
        await retrainer._task

    asyncio.run(work())
    assert len(retrainer.seen) == 1
    assert [one["outcome"] for one in retrainer.history.last(9)] == ["taken"]
    assert "cannot be kept" in caplog.text


def test_a_damaged_history_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text('{"number": 1}\n{"numb\n{"number": 2}\n{"nu')
    history = History(tmp_path)
    history.add({"number": 3})
    assert [one["number"] for one in history.last(2)] == [3, 2]
    assert [one["number"] for one in history.last(9)] == [3, 2, 1]


def test_a_training_ends_with_the_server(backend) -> None:
    retrainer = backend("Path('pid').write_text(str(os.getpid()))", "time.sleep(600)")
    annotate(retrainer, 7)

    async def work() -> int:
        retrainer.consider("3", asked=True)
        pid = Path("pid")
        while not (pid.exists() and pid.read_text()):
            await asyncio.sleep(0.01)
        await retrainer.stop()
        return int(pid.read_text())

    number = asyncio.run(work())
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    (ended,) = retrainer.history.last(9)
    assert (ended["outcome"], ended["reason"]) == ("failed", "serving ended")
    assert retrainer.annotations.num_fresh == 1  # nothing was learned from it
    assert not retrainer.history.run(1).exists()


class Exports(BaseHTTPRequestHandler):
    """Gives one export to whom has the key."""

    tasks: ClassVar[list] = []
    asked: ClassVar[list] = []
    access = "Token legacy-key"
    elsewhere: str | None = None

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        if self.elsewhere:
            self._answer(302, b"", ("Location", self.elsewhere))
        elif self.headers["Authorization"] != self.access:
            self._answer(401, b"{}")
        else:
            self._answer(200, json.dumps(self.tasks).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = body == {"refresh": "a.b.c"} and self.path == "/api/token/refresh"
        self._answer(200 if right else 401, json.dumps({"access": "short-lived"}).encode())

    def _answer(self, status: int, body: bytes, *headers: tuple) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def exports():
    kind = type("Fresh", (Exports,), {"tasks": [], "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kind.url = f"http://127.0.0.1:{server.server_port}"
        yield kind
        server.shutdown()


def exported(number: int, text: str, **more: object) -> dict:
    one = annotation(number, region(0, 3, "Ann", "Person"), **more)
    return {"id": number, "data": {"body": text}, "annotations": [one], "predictions": [], "project": 3}


@pytest.mark.parametrize(
    ("key", "access"), [("legacy-key", "Token legacy-key"), ("a.b.c", "Bearer short-lived")]
)
def test_a_project_is_exported_before_a_training_that_was_asked_for(
    backend, exports, key: str, access: str
) -> None:
    exports.access = access
    exports.tasks = [exported(7, "Ann left."), exported(8, "Ann came."), {"id": 9, "data": None}, {"id": 10}]
    inside = f"assert {KEY!r} not in os.environ"
    retrainer = backend(inside, COPY, VERDICT, source=LabelStudio(exports.url, key))
    retrainer.annotations.add([{"project": "3", "configuration": CONFIGURATION}])
    os.environ[KEY] = key
    try:
        (ended,) = train(retrainer)
    finally:
        del os.environ[KEY]
    assert (ended["outcome"], ended["tasks"]) == ("taken", 2)
    assert [path for path, _ in exports.asked] == [
        "/api/projects/3/export?exportType=JSON&download_all_tasks=false"
    ]


@pytest.mark.parametrize("fault", ["key", "redirect", "gone", "no JSON"])
def test_an_export_that_fails_is_told_without_the_key(backend, exports, caplog, fault: str) -> None:
    url = exports.url
    if fault == "redirect":
        exports.elsewhere = f"{exports.url}/stolen"
    elif fault == "gone":
        url = "http://127.0.0.1:1"
    elif fault == "no JSON":
        exports.access, exports.tasks = "Token secret-key", "no list"
    retrainer = backend(COPY, VERDICT, source=LabelStudio(url, "secret-key"))
    (ended,) = train(retrainer)
    assert ended["outcome"] == "failed"
    assert retrainer.seen == []
    assert all("stolen" not in path for path, _ in exports.asked)
    written = caplog.text + json.dumps(ended) + repr(retrainer.source)
    assert "secret-key" not in written


def test_the_environment_names_a_label_studio_whole_or_not_at_all(monkeypatch) -> None:
    for name in (URL, KEY):
        monkeypatch.delenv(name, raising=False)
    assert LabelStudio.from_environment() is None
    monkeypatch.setenv(KEY, "secret-key")
    with pytest.raises(ConfigError, match="set both"):
        LabelStudio.from_environment()
    for wrong in ("file:///etc/passwd", "label-studio", "ftp://x"):
        monkeypatch.setenv(URL, wrong)
        with pytest.raises(ConfigError, match="write an address"):
            LabelStudio.from_environment()
    monkeypatch.setenv(URL, "https://example.org/")
    assert LabelStudio.from_environment() == LabelStudio("https://example.org", "secret-key")
    with pytest.raises(DataError, match="number is none"):
        next(LabelStudio("https://example.org", "k").annotated_tasks("../x"))
