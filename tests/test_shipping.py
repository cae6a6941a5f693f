"""What ships Onoma: the container, the compose file, the workflows, the citation."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import onoma

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and what stands behind them, in order."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_image_runs_as_nobody_and_is_asked_how_it_is() -> None:
    stages = "\n".join(f"{name} {rest}" for name, rest in instructions()).split("FROM ")[1:]
    last = stages[-1].splitlines()
    names = [line.split()[0] for line in last]
    user = next(line.split()[1] for line in last if line.startswith("USER "))
    assert user.isdigit()
    assert int(user) >= 10_000
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "gcc" not in stages[-1]
    assert any(line.startswith("HEALTHCHECK ") and "/readyz" in line for line in last)
    assert json.loads(next(line for line in last if line.startswith("CMD ")).removeprefix("CMD ")) == ["en"]
    assert "ADD" not in {name for name, _ in instructions()}
    assert all(":latest" not in rest and ":" in rest for name, rest in instructions() if name == "FROM")


def test_all_that_is_copied_is_there_and_let_through() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line[:1] not in ("#", "")
    ]
    assert rules[0] == "*"
    let_through = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = {source for one in copied for source in one}
    assert all((ROOT / source).exists() for source in sources)
    assert {source.split("/")[0] for source in sources} == let_through
    # What the build reads, as `pyproject.toml` names it.
    needed = {PROJECT["readme"], *PROJECT["license-files"], "MANIFEST.in", "kernel", "src", "pyproject.toml"}
    assert needed <= let_through
    assert not any(fnmatch.fnmatch("src/onoma/__init__.py", rule) for rule in rules[1:] if rule[0] != "!")


@pytest.mark.parametrize("mounted", [True, False])
def test_the_start_always_has_a_token(mounted: bool, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "onoma").write_text(f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done > {told}\n')
    (tmp_path / "onoma").chmod(0o755)
    token = tmp_path / "token"
    if mounted:
        token.write_text("correct-horse-battery-staple\n")
    done = subprocess.run(
        ["sh", str(ROOT / "docker" / "serve.sh"), "en", "a=b c"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "ONOMA_TOKEN_FILE": str(token)},
        capture_output=True,
        text=True,
        check=True,
    )
    given = told.read_text().splitlines()
    assert given[:-1] == ["serve", "en", "a=b c", "--host", "0.0.0.0", "--port", "8080", "--token-file"]
    if mounted:
        assert (given[-1], done.stderr) == (str(token), "")
    else:
        made = Path(given[-1]).read_text().strip()
        assert re.fullmatch(r"[0-9a-f]{64}", made)
        assert made in done.stderr
        Path(given[-1]).unlink()


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_compose_file_keeps_to_itself() -> None:
    services = load(ROOT / "compose.yaml")["services"]
    assert set(services) == {"onoma", "label-studio"}
    assert "ports" not in services["onoma"]
    assert all(port.startswith("127.0.0.1:") for port in services["label-studio"]["ports"])
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", services["label-studio"]["image"])
    assert set(load(ROOT / "compose.yaml")["secrets"]) == set(services["onoma"]["secrets"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_take_fixed_actions_and_no_rights(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    targets = set(re.findall(r"(?m)^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for name, job in workflow["jobs"].items():
        rights = job.get("permissions", {})
        assert all(right == "read" for key, right in rights.items() if key != "id-token"), name
        for step in job.get("steps", []):
            if "uses" in step:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", ""), "what is put into a script is code there"
            assert set(re.findall(r"\bmake (\w+)", step.get("run", ""))) <= targets


def test_a_release_is_checked_on_every_python_and_published_once() -> None:
    checks, release = (
        load(ROOT / ".github" / "workflows" / name)["jobs"] for name in ("checks.yml", "release.yml")
    )
    assert checks["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert set(release["publish"]["needs"]) == set(release) - {"publish"}
    assert [name for name, job in release.items() if "id-token" in job.get("permissions", {})] == ["publish"]
    assert release["publish"]["if"] == "github.ref_type == 'tag'"
    assert release["publish"]["environment"] == "release"


def test_the_citation_is_of_this_version() -> None:
    cited = load(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert cited["version"] == PROJECT["version"] == onoma.__version__
    assert cited["license"] == PROJECT["license"]
    assert [one["name"] for one in cited["authors"]] == [one["name"] for one in PROJECT["authors"]]
