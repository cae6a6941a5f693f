"""The clients in examples/ against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import LiveServer, running

import onoma

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
TEXTS = ["John Smith flew to Berlin \U0001f600 and on to Paris.", "It rained."]
TOKEN = "correct-horse-battery-staple"

PROGRAMS = {"tag.py": sys.executable, "tag.mjs": shutil.which("node")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text(TOKEN)
    with running("en", "--token-file", token) as live:
        yield live


def ask(
    server: LiveServer, program: str, *arguments: str, text: str = "", token: str = TOKEN
) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "ONOMA_URL": f"http://127.0.0.1:{server.port}", "ONOMA_TOKEN": token}
    return subprocess.run([program, *arguments], input=text, env=env, capture_output=True, text=True)


def expected() -> list[str]:
    documents = onoma.load("en").tag(TEXTS)
    return [f"{e.start}\t{e.end}\t{e.label}\t{e.text}" for one in documents for e in one.entities]


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_client_prints_what_the_model_finds(server: LiveServer, client: str) -> None:
    program = PROGRAMS[client]
    if program is None:
        pytest.skip(f"what runs {client} is not here")
    done = ask(server, program, str(CLIENTS / client), *TEXTS)
    assert done.stderr == ""
    assert done.stdout.splitlines() == expected()
    assert len(expected()) >= 3  # one lies behind a character that is two units of JavaScript
    refused = ask(server, program, str(CLIENTS / client), *TEXTS, token="another-token-altogether")
    assert refused.returncode == 1
    assert refused.stderr.startswith("401 ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is here")
def test_curl(server: LiveServer) -> None:
    done = ask(server, "sh", str(CLIENTS / "tag.sh"), text=json.dumps({"text": TEXTS[0]}))
    found = json.loads(done.stdout)["results"][0]["entities"]
    assert [(e["start"], e["end"], e["label"]) for e in found] == [
        (e.start, e.end, e.label) for e in onoma.load("en")(TEXTS[0]).entities
    ]
    refused = ask(server, "sh", str(CLIENTS / "tag.sh"), text="{}", token="another-token-altogether")
    assert refused.returncode != 0
    assert json.loads(refused.stdout)["error"]
