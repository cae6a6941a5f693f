"""Whether ``onoma serve --label-studio`` does what it should with the real Label Studio, in a real browser.

    python benchmarks/label_studio.py RUN --data DIR [--python PROGRAM] [--keep FOLDER] [--margin 100]

RUN is a run (not exported), DIR the folder with the data that trainings get beside annotation. Label Studio
is installed from PyPI into an environment of its own in a temporary folder, unless ``--python`` names a
Python that has it. A project is made and the backend connected by Label Studio's API, as its settings page
does; then a headless Chromium logs in, opens a task, and sees the suggestions; one is corrected, the
annotation is submitted, and the training begun by the button of the settings page. Each step that is seen is
a line; exits with 1 where one is not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from devtools import Browser, browser, find_browser

USER, PASSWORD, TOKEN = (
    "someone@example.org",
    "correct-horse-battery",
    "0123456789abcdef0123456789abcdef01234567",
)
TEXTS = (
    "😀 Angela Merkel met Peter Miller of Siemens in Oslo .",
    "The company opened an office in Berlin on Monday .",
    "Nobody came .",
)
"""The first one has a character of two UTF-16 units before its names."""


_PATIENCE = 120.0
"""Seconds for a page."""


class UnseenError(Exception):
    """A step that was not seen."""


def main() -> int:
    """Go the road; returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--margin", type=float, default=100.0)
    given = parser.parse_args()
    with contextlib.ExitStack() as held:
        place = given.keep or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="onoma-studio-")))
        place.mkdir(parents=True, exist_ok=True)
        python = given.python or install(place / "environment")
        url = held.enter_context(label_studio(python, place / "label-studio"))
        backend = held.enter_context(onoma(given, place))
        try:
            road(url, backend, place)
        except UnseenError as failure:
            print(f"NOT SEEN: {failure}")
            return 1
    return 0


def install(folder: Path) -> Path:
    """Install Label Studio into an environment of its own; returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "label-studio"], check=True)
    return python


@contextlib.contextmanager
def label_studio(python: Path, folder: Path) -> Iterator[str]:
    """Start Label Studio with an empty database."""
    port = free_port()
    environment = {
        **os.environ,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": USER,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LATEST_VERSION_CHECK": "false",
        "COLLECT_ANALYTICS": "false",
        "ML_BLOCK_LOCAL_IP": "false",  # the backend is on this machine,
        "SSRF_PROTECTION_ENABLED": "false",  # and so is where its webhook leads
        "WEBHOOK_TIMEOUT": "30",
        "ML_TIMEOUT_HEALTH": "60",  # this machine may be busy
        "ML_TIMEOUT_SETUP": "60",
        "ML_CONNECTION_TIMEOUT": "60",
        "PYTHONPATH": "",
    }
    program = python.with_name("label-studio")
    command = [program, "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1"]
    folder.mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        wait(lambda: ask(f"{url}/health") is not None, "Label Studio serves", 300, process)
        version = subprocess.run(
            [python, "-m", "pip", "show", "label-studio"], capture_output=True, text=True, check=True
        )
        print(f"seen: Label Studio {version.stdout.split('Version: ')[1].splitlines()[0]} serves")
        yield url
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def onoma(given: argparse.Namespace, place: Path) -> Iterator[str]:
    """Start our server."""
    port = free_port()
    options = [
        "--label-studio",
        "--annotations",
        place / "kept",
        "--retrain",
        given.data,
        "--retrain-after",
        0,
    ]
    options += ["--retrain-margin", given.margin, "--retrain-set", "epochs=1", "--max-body", 4 << 20]
    command = [sys.executable, "-m", "onoma", "serve", f"m={given.run}", "--port", port, *options]
    process = subprocess.Popen(list(map(str, command)), env={**os.environ, "PYTHONUNBUFFERED": "1"})
    url = f"http://127.0.0.1:{port}"
    try:
        wait(lambda: ask(f"{url}/readyz", text=True) is not None, "Onoma serves", 120, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def road(url: str, backend: str, place: Path) -> None:
    """Do all that an annotator and a project's owner do."""
    project = make_project(url, backend)
    first = ask(f"{backend}/label-studio")["model_version"]
    program = find_browser()
    if program is None:
        raise UnseenError("no Chromium or Chrome is installed")
    with browser(program, place / "profile") as page:
        log_in(page, url)
        open_task(page, url, project)
        correct_and_submit(page, project)
        wait(
            lambda: ask(f"{backend}/label-studio")["annotated_tasks"] == 1,
            "the annotation came by the webhook",
            30,
        )
        start_training(page, url, project)
    wait(
        lambda: ask(f"{backend}/label-studio")["training"] is not None or ended(backend),
        "the training began",
        60,
    )
    wait(lambda: ended(backend), "the training ended", 600)
    status = ask(f"{backend}/label-studio")
    outcome = status["trainings"][0]
    print(f"seen: {outcome['outcome']}: {outcome['reason']}")
    if outcome["outcome"] == "failed":
        raise UnseenError("a training that does not fail")
    if (status["model_version"] != first) != (outcome["outcome"] == "taken"):
        raise UnseenError("another version exactly where the new model was taken")
    print(f"seen: the version was {first} and is {status['model_version']}")
    ask(f"{url}/api/ml/{project['backend']}", studio=True)  # Label Studio asks /setup again
    shown = ask(f"{url}/api/ml?project={project['id']}", studio=True)[0]
    print(f"seen: Label Studio shows the backend as {shown['state']}, version {shown['model_version']}")


def make_project(url: str, backend: str) -> dict[str, Any]:
    """Make a project with tasks and connect the backend."""
    labels = ask(f"{backend}/v1/models")["models"][0]["entity_labels"]
    values = "".join(
        f'<Label value="{label.title()}"/>' for label in labels
    )  # differ in case from the model's
    configuration = (
        f'<View><Labels name="ner" toName="doc">{values}</Labels><Text name="doc" value="$body"/></View>'
    )
    made = ask(f"{url}/api/projects", {"title": "Names", "label_config": configuration}, studio=True)
    tasks = [{"data": {"body": text}} for text in TEXTS]
    ask(f"{url}/api/projects/{made['id']}/import", tasks, studio=True)
    body = {"url": backend, "title": "Onoma", "project": made["id"], "is_interactive": False}
    connected = ask(f"{url}/api/ml", body, studio=True)
    if connected["state"] != "CO":
        raise UnseenError(
            f"the backend connected, instead: {connected['state']} {connected.get('error_message')}"
        )
    print(f"seen: connected, version {connected['model_version']}")
    hooks = ask(f"{url}/api/webhooks?project={made['id']}", studio=True)
    if not any(hook["url"].startswith(backend) for hook in hooks):
        raise UnseenError("a webhook for the backend")
    print("seen: Label Studio made a webhook for it")
    settings = {"show_collab_predictions": True, "evaluate_predictions_automatically": True}
    ask(f"{url}/api/projects/{made['id']}", settings, studio=True, method="PATCH")
    return {"id": made["id"], "backend": connected["id"], "labels": labels}


def log_in(page: Browser, url: str) -> None:
    """Log in by the form."""
    page.open(f"{url}/user/login/")
    page.value(
        f"document.querySelector('[name=email]').value = {json.dumps(USER)};"
        f"document.querySelector('[name=password]').value = {json.dumps(PASSWORD)};"
        "document.querySelector('form').submit(); 0"
    )
    until(page, "location.pathname.startsWith('/projects') || location.pathname === '/'", "logged in")


SPANS = "[...document.querySelectorAll('.htx-highlight')]"
REGIONS = f"{SPANS}.map((one) => one.textContent)"
"""What is marked on the page, in its order."""
LABELS = "window.Htx.annotationStore.selected.regions.map((one) => one.labels.join())"
"""Labels of the regions, as Label Studio's own store has them."""


def open_task(page: Browser, url: str, project: dict[str, Any]) -> list[str]:
    """Open the first task as an annotator does, and see the suggestions in it."""
    page.open(f"{url}/projects/{project['id']}/data?labeling=1")
    until(page, f"{SPANS}.length > 0", "suggestions stand in the task", _PATIENCE)
    tasks = ask(f"{url}/api/tasks?project={project['id']}&fields=all", studio=True)["tasks"]
    task = next(one for one in tasks if one["data"]["body"] == TEXTS[0])
    [prediction] = task["predictions"][:1]
    wanted = [one["value"]["text"] for one in prediction["result"]]
    shown = page.value(REGIONS)
    if sorted(shown) != sorted(wanted):
        raise UnseenError(f"what the backend suggested, {wanted}; instead: {shown}")
    print(f"seen: {shown}, score {prediction['score']:.3f}, version {prediction['model_version']}")
    return shown


def correct_and_submit(page: Browser, project: dict[str, Any]) -> None:
    """Give the first entity another label by its key, and submit."""
    before = page.value(LABELS)
    page.value(f"{SPANS}[0].click(); 0")
    until(page, "!!window.Htx.annotationStore.selected.highlightedNode", "the first entity is selected")
    for number in range(1, len(project["labels"]) + 1):
        press(page, str(number))
        time.sleep(0.5)
        if page.value(LABELS) != before:
            break
    print(f"seen: its label was changed: {before} became {page.value(LABELS)}")
    page.value("document.querySelector('button[name=submit]').click(); 0")


def press(page: Browser, key: str) -> None:
    """Press a digit's key."""
    code = {"key": key, "code": f"Digit{key}", "windowsVirtualKeyCode": 48 + int(key)}
    page.call("Input.dispatchKeyEvent", type="keyDown", text=key, **code)
    page.call("Input.dispatchKeyEvent", type="keyUp", **code)


def start_training(page: Browser, url: str, project: dict[str, Any]) -> None:
    """Begin a training on the settings page: by the backend's menu, and by the window that it opens."""
    page.open(f"{url}/projects/{project['id']}/settings/ml")
    menu = "document.querySelector('.ls-backend-card__menu button, [class*=backend-card] button')"
    until(page, f"!!{menu}", "the backend stands on the settings page", _PATIENCE)
    page.value(f"{menu}.click(); 0")
    named = ".filter((one) => one.textContent.trim() === 'Start Training')"
    items = f"[...document.querySelectorAll('*')]{named}"  # the last is the innermost, which listens
    until(page, f"{items}.length > 0", "its menu has a training to start")
    page.value(f"{items}.at(-1).click(); 0")
    # The menu's entry may still be on the page: the button is the one in the window that explains itself.
    window = (
        "[...document.querySelectorAll('[class*=modal]')]"
        ".filter((one) => /manually trigger/.test(one.textContent))"
    )
    buttons = f"{window}.flatMap((one) => [...one.querySelectorAll('button')]){named}"
    until(page, f"{buttons}.length > 0", "a window asks once more")
    page.value(f"{buttons}[0].click(); 0")
    until(page, f"{window}.some((one) => /Request Sent/.test(one.textContent))", "it was sent", _PATIENCE)


def ended(backend: str) -> bool:
    """Whether a training has ended."""
    return bool(ask(f"{backend}/label-studio")["trainings"])


def ask(
    url: str, body: Any = None, *, studio: bool = False, text: bool = False, method: str | None = None
) -> Any:
    """Send a request; returns the answer's JSON or text, None where there is no server or it is not ready."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {TOKEN}"} if studio else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=120) as answer:
            content = answer.read()
    except HTTPError as error:
        if studio:
            raise UnseenError(f"an answer to {url}: {error.code} {error.read()[:500]!r}") from None
        return None
    except (URLError, OSError):
        return None
    return content.decode() if text else json.loads(content or "null")


def until(page: Browser, condition: str, what: str, seconds: float = 30) -> None:
    """Wait for something on the page."""
    wait(lambda: bool(page.value(condition)), what, seconds)


def wait(
    condition: Callable[[], bool],
    what: str,
    seconds: float,
    process: subprocess.Popen[bytes] | None = None,
) -> None:
    """Wait, and say that it was seen."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end or (process is not None and process.poll() is not None):
            raise UnseenError(what)
        time.sleep(0.3)
    print(f"seen: {what}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
