"""The page's script in node, asked line by line: what it answers is compared with Python's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from onoma.reports.web.script import web_script

_ASKED = """
const lines = (await import("node:readline")).createInterface({ input: process.stdin });
for await (const line of lines) {
  const [name, ...given] = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: asked[name](...given) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
"""


def find_node() -> str | None:
    """Return the path of node, None where there is none."""
    return shutil.which("node")


class Node:
    """A process with the script, and functions to ask it for.

    Args:
        folder: to write the script to.
        functions: JavaScript: the body of an object of functions by name.
    """

    def __init__(self, folder: Path, functions: str) -> None:
        program = folder / "asked.mjs"
        program.write_text(f"{web_script()}\nconst asked = {{{functions}}};\n{_ASKED}", encoding="utf-8")
        self._process = subprocess.Popen(
            [find_node() or "node", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
            errors="surrogateescape",
        )

    def ask(self, name: str, *given: Any) -> Any:
        """Return what a function says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, *given]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline().encode("ascii", "surrogateescape")
        answer = json.loads(line.decode("utf-8"))
        assert "error" not in answer, answer
        return answer["value"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
