"""The road of `examples/no_labels`, walked on a few sentences; and the tutorial goes the same one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from docsite.walk import blocks
from site_pages import ROOT

ROAD = ROOT / "examples" / "no_labels" / "road.py"
TUTORIAL = ROOT / "docs" / "tutorials" / "no-labels.md"
_COMMAND = re.compile(r"^\W*onoma (\w+)", re.M)


def test_the_whole_road(tmp_path: Path) -> None:
    out = tmp_path / "out"
    small = ("--texts", "60", "--budget", "12", "--epochs", "1")
    tiny = ("--set", "epoch_updates=4", "--set", "hidden_dim=8")
    walked = subprocess.run(
        [sys.executable, str(ROAD), str(out), *small, *tiny], capture_output=True, text=True, encoding="utf-8"
    )
    assert walked.returncode == 0, walked.stdout[-2000:] + walked.stderr[-2000:]
    tasks = json.loads((out / "done-next.json").read_text(encoding="utf-8"))
    assert len(tasks) == 8
    assert all(task["annotations"] for task in tasks)
    assert len(json.loads((out / "done-next.random.json").read_text(encoding="utf-8"))) == 4
    assert (out / "bundle" / "model.onnx").is_file()
    shown = walked.stdout.partition("onoma score")[2]
    assert {"weak", "final"} <= set(re.findall(r"\w+", shown.partition("onoma export")[0]))
    assert "not read:" not in walked.stderr


def test_the_tutorial_goes_the_same_road() -> None:
    told = [name for kind, text in blocks(TUTORIAL) if kind == "sh" for name in _COMMAND.findall(text)]
    walked = re.findall(r'^ +onoma\(\s*"(\w+)"', ROAD.read_text(encoding="utf-8"), re.M)
    assert list(dict.fromkeys(told)) == list(dict.fromkeys(walked))
