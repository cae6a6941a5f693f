from __future__ import annotations

import io
from typing import Any

import pytest
from reports_documents import document
from rich.console import Console, RenderableType

from onoma.cli.consoles import SafeConsole
from onoma.metrics.report import evaluate
from onoma.reports.figure_tables import FiguresTable
from onoma.reports.tables import evaluation_table, listing_table


def shown(table: RenderableType, *, width: int = 80, terminal: bool = False) -> str:
    file = io.StringIO()
    Console(
        file=file, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None
    ).print(table)
    return file.getvalue()


def scores(precision: float, recall: float, f1: float, gold: int) -> dict[str, Any]:
    return {"precision": precision, "recall": recall, "f1": f1, "gold": gold}


def metrics(**per_label: dict[str, Any]) -> dict[str, Any]:
    return {
        "entity": {
            "precision": 0.9123,
            "recall": 0.8911,
            "f1": 0.9016,
            "macro_f1": 0.8712,
            "per_label": per_label,
        },
        "token": {"accuracy": 0.9811, "macro_f1": 0.8833, "batch_macro_f1": 0.8955},
        "partial": {name: scores(0.9, 0.8, 0.8471, 5648) for name in ("strict", "exact", "partial", "type")},
        "seen": scores(0.95, 0.94, 0.9437, 3000),
        "unseen": None,
        "calibration": {"ece": None},
        "gold_entities": 5648,
        "errors": {"correct": 5000, "wrong_label": 1234, "missed": 77},
    }


def test_evaluation_shows_every_number():
    text = shown(
        evaluation_table(metrics(PER=scores(0.9511, 0.9422, 0.9466, 1617)), title="bilstm-crf on test")
    )
    for number in ("91.23", "89.11", "90.16", "5,648", "87.12", "95.11", "94.66", "1,617", "84.71", "94.37"):
        assert number in text
    for number in ("98.11", "88.33", "89.55", "1,234", "77"):
        assert number in text
    assert "bilstm-crf on test" in text
    assert "wrong label" in text
    # Not measured: not shown.
    assert "not seen in training" not in text
    assert "calibration" not in text


@pytest.mark.parametrize("terminal", [False, True])
def test_tables_fit_80_columns(terminal: bool):
    table = evaluation_table(metrics(**{f"LABEL_{'X' * i}": scores(1, 1, 1, 10**i) for i in range(8)}))
    text = shown(table)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "…" not in text


def test_plain_output_has_no_escapes_and_terminals_get_only_ours():
    table = evaluation_table(metrics(**{"\x1b[31mRED": scores(1, 1, 1, 1)}))
    assert "\x1b" not in shown(table)
    assert "\x1b[31m" not in shown(table, terminal=True)
    assert "\\x1b[31mRED" in shown(table)


def test_labels_are_not_markup():
    assert "[red]x[/red]" in shown(evaluation_table(metrics(**{"[red]x[/red]": scores(1, 1, 1, 1)})))
    assert "[/nothing]" in shown(listing_table(["a"], [["[/nothing]"]], title="[/nor] this"))


def test_labels_are_sorted_by_frequency():
    text = shown(
        evaluation_table(
            metrics(RARE=scores(1, 1, 1, 2), OFTEN=scores(1, 1, 1, 900), ALSO=scores(1, 1, 1, 2))
        )
    )
    assert text.index("OFTEN") < text.index("ALSO") < text.index("RARE")


def test_a_real_evaluation_is_shown():
    gold = document("Ann in Rome", (0, 3, "PER"), (7, 11, "LOC"))
    predicted = document("Ann in Rome", (0, 3, "PER"), (7, 11, "ORG"))
    text = shown(evaluation_table(evaluate([gold], [predicted]).as_dict()))
    assert [line.split() for line in text.splitlines() if "all, micro" in line] == [
        ["all,", "micro", "50.00", "50.00", "50.00", "2"]
    ]
    assert "LOC" in text
    assert "ORG" in text


def test_nothing_but_entity_scores():
    assert "0.00" in shown(evaluation_table({"entity": {"precision": 0.0, "recall": 0.0, "f1": 0.0}}))


def test_listing_never_breaks_names():
    text = shown(listing_table(["model", "what it is"], [["charcnn-bilstm-crf", "words " * 30]]), width=60)
    assert "charcnn-bilstm-crf" in text
    assert text.count("words") >= 30


HEADINGS = ["model", "F1", "95 % interval", "seed sd", "ms p50", "±, %", "ms p95", "MB", "tokens/s"]
FIGURES = ["48.47", "41.02–55.13", "0.31", "12.34", "123.4", "22.10", "110.8", "112,345"]
NAME = "a-very-long-name-of-a-model-indeed"


@pytest.mark.parametrize("width", [24, 30, 45, 60, 80, 200])
def test_no_figure_is_broken_at_any_width(width: int):
    rows = [[name, *FIGURES] for name in ("teacher *", NAME)]
    text = shown(FiguresTable(HEADINGS, rows, title="suite, test"), width=width)
    assert max(map(len, text.splitlines())) <= width
    for figure in FIGURES:
        assert text.split().count(figure) == 2
    assert set(" ".join(HEADINGS).split()) <= set(text.split())
    assert text.count("suite, test") == 1
    if width >= 80:
        assert text.count(NAME) == text.count("teacher *") == 1 + (width < 120)


@pytest.mark.parametrize("columns", [None, "0", "", "many"])
def test_what_is_no_terminal_gets_whole_lines(
    columns: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    rows = [[NAME * 4, *FIGURES]]
    SafeConsole().print(FiguresTable(HEADINGS, rows))
    SafeConsole().print(listing_table(["model", "what it is"], [["a", "words " * 60]]))
    text = capsys.readouterr().out
    assert any(NAME * 4 in line and all(figure in line for figure in FIGURES) for line in text.splitlines())
    assert any(line.count("words") == 60 for line in text.splitlines())
    monkeypatch.setenv("COLUMNS", "80")
    SafeConsole().print(FiguresTable(HEADINGS, rows))
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
