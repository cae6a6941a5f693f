"""What is written of the layers is what import-linter holds."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def layers() -> list[str]:
    """The layers from the lowest on, without the package's name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    return [layer.replace("onoma.", "") for layer in reversed(contract["layers"])]


def test_contributing_lists_them_in_their_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## The order of the layers")[1]
    listed = text.split("`")[1]
    assert " ".join(listed.split()) == " < ".join(layers())


def test_the_architecture_says_what_each_is_for_in_their_order() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Contracts")[0]
    listed = [
        name for row in re.findall(r"^\| (`.*?) \|", text, re.M) for name in re.findall(r"`(\w+)`", row)
    ]
    places = {name: place for place, layer in enumerate(layers()) for name in layer.split(" | ")}
    assert sorted(listed) == sorted(places)
    assert listed == sorted(listed, key=places.__getitem__)


def test_every_package_has_its_place() -> None:
    found = {path.stem for path in (ROOT / "src" / "onoma").glob("[!_]*") if path.suffix in ("", ".py")}
    assert found == {name for layer in layers() for name in layer.split(" | ")}


def test_no_two_files_of_tests_have_one_name() -> None:
    # pytest imports them by their names alone, and refuses the second only where one process meets both.
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
