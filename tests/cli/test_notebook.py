"""The notebook of the examples, run as a reader would run it."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "walkthrough.ipynb"


def text_of(cell: nbformat.NotebookNode) -> str:
    outputs = cell.get("outputs", ())
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in outputs)


# Jupyter's client leaves sockets and event loops to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_cell_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("epochs=12", "epochs=3")  # a quarter of the wait, and worse models
    client = NotebookClient(
        notebook, timeout=None, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    shown = "\n".join(text_of(cell) for cell in notebook.cells)
    assert "onoma: error" not in shown
    assert shown.count("entity F1 0.") == 2
    assert "tags_agreeing=" in shown
    exported = text_of(notebook.cells[-2])
    assert "'PER'" in exported or "'LOC'" in exported
    assert (tmp_path / "notebook-report" / "index.html").is_file()


def test_it_is_stored_without_outputs() -> None:
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
