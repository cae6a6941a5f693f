import ast
import re
from pathlib import Path

import onoma
from onoma.errors import DataError, did_you_mean, excerpt


def test_data_error_names_the_place_and_escapes_the_text() -> None:
    error = DataError("bad", code="x", path="f.txt", line=3, column=2, text="a\x1b[31m\tb" + "c" * 200)
    shown = str(error)
    assert shown.startswith("f.txt:3:2: bad [a\\x1b[31m\\tb")
    assert "\x1b" not in shown
    assert len(shown) < 110


def test_excerpt_is_bounded() -> None:
    assert len(excerpt("\x00" * 500)) <= 80
    assert excerpt("short") == "short"


def test_did_you_mean_names_the_closest_or_lists_all() -> None:
    assert did_you_mean("dropuot", ["dropout", "epochs"]) == "; did you mean 'dropout'?"
    assert "dropout, epochs" in did_you_mean("zzz", ["epochs", "dropout"])


def test_what_a_python_program_may_get_names_another_folder_and_no_option() -> None:
    """A folder is the second or third argument of a function, whose name is not that of an option."""
    package = Path(onoma.__file__).parent
    named = [
        f"{path}:{call.lineno}"
        for path in package.rglob("*.py")
        if "cli" not in path.relative_to(package).parts
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "OutputError"
        if re.search(r"--(out|targets)\b|OPTION", ast.unparse(call))
    ]
    assert named == []
