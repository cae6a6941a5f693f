from __future__ import annotations

import builtins
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onoma.errors import MissingExtraError, OutputError
from onoma.metrics.calibration import bin_scores
from onoma.reports.curves import plot_history
from onoma.reports.plots import plot_classes, plot_confusion, plot_labels
from onoma.reports.reliability import plot_reliability

NAMES = ["PER", "LOC", "a_label$that^is{rather", "[地名]", "\x1b[31m", "_hidden", "O"]


def pixels(path: Path) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))  # [H, W, 3] in 0..255: large plots as floats take long


def check_drawn(path: Path) -> None:
    image = pixels(path)
    assert min(image.shape[:2]) >= 150
    assert max(image.shape[:2]) <= 4000
    ink = image.min(axis=2) < 230  # [H, W]
    assert 0.002 < ink.mean() < 0.9
    # A margin all around: nothing is cut off at the edges.
    edges = (ink[:5], ink[-5:], ink[:, :5], ink[:, -5:])
    assert not any(edge.any() for edge in edges)


def history(num_epochs: int) -> list[dict[str, Any]]:
    rows = []
    for epoch in range(1, num_epochs + 1):
        f1 = 0.9 - 0.01 * (epoch - 6) ** 2
        row = {"epoch": epoch, "train_loss": 8 / epoch, "dev_loss": 5 / epoch + 1, "dev_f1": f1}
        rows.append({**row, "dev_precision": f1 + 0.02, "dev_recall": f1 - 0.02, "seconds": 3.0})
    return rows


@pytest.mark.parametrize("num_epochs", [1, 9])
def test_history(tmp_path: Path, num_epochs: int):
    paths = plot_history(history(num_epochs), tmp_path / "new" / "plots")
    assert [path.name for path in paths] == ["loss.png", "f1.png"]
    for path in paths:
        check_drawn(path)
    assert sorted(path.parent.iterdir()) == sorted(paths)  # no temporary file is left


def test_train_is_drawn_beside_dev(tmp_path: Path):
    rows = [{**row, "train_f1": 0.9, "dev_accuracy": 0.9, "train_accuracy": 0.99} for row in history(3)]
    paths = plot_history(rows, tmp_path / "one")
    assert [path.name for path in paths] == ["loss.png", "f1.png", "accuracy.png"]
    check_drawn(paths[2])
    rows = [{**row, "train_f1": 0.5, "train_accuracy": 0.95} for row in rows]
    other = plot_history(rows, tmp_path / "other")
    assert all((pixels(paths[n]) != pixels(other[n])).any() for n in (1, 2))
    assert (pixels(paths[0]) == pixels(other[0])).all()


def test_history_with_gaps(tmp_path: Path):
    rows = history(4)
    rows[0]["dev_f1"] = None
    rows[1]["train_loss"] = math.nan
    rows[2]["dev_loss"] = math.inf
    del rows[3]["dev_recall"]
    for path in plot_history(rows, tmp_path):
        check_drawn(path)
    for path in plot_history([{"epoch": 1, "train_loss": 2.0}], tmp_path):
        check_drawn(path)


@pytest.mark.parametrize("change", [{"dev_f1": 0.99}, {"best": True}])
def test_the_kept_epoch_is_drawn(tmp_path: Path, change: dict[str, object]):
    rows = history(9)
    one = pixels(plot_history(rows, tmp_path / "one")[0])
    rows[2] |= change
    other = pixels(plot_history(rows, tmp_path / "other")[0])
    assert one.shape != other.shape or (one != other).any()


def test_the_lowest_dev_loss_is_ringed(tmp_path: Path):
    rows = [{"epoch": n, "train_loss": 1 / n, "dev_loss": 0.5, "dev_f1": n / 10} for n in range(1, 6)]
    rows[1]["dev_loss"] = rows[3]["dev_loss"] = 0.499999
    one = pixels(plot_history(rows, tmp_path / "one")[0])
    rows[1]["dev_loss"] = 0.5
    other = pixels(plot_history(rows, tmp_path / "other")[0])
    assert (one != other).any(axis=(0, 2)).sum() > 20  # columns that the ring touches


def test_negative_losses_are_drawn(tmp_path: Path):
    rows = [{"epoch": n, "train_loss": -n, "dev_loss": -1.0, "dev_f1": 0.5} for n in (1, 2)]
    one = pixels(plot_history(rows, tmp_path / "one")[0])
    rows[1]["train_loss"] = -5
    assert (one != pixels(plot_history(rows, tmp_path / "other")[0])).any()


def test_empty_history_writes_nothing(tmp_path: Path):
    assert plot_history([], tmp_path) == []
    assert not list(tmp_path.iterdir())


# One for each size of cells. The largest is narrow: most of its time would go into names of columns.
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (17, 17), (33, 33), (117, 9)])
def test_confusion(tmp_path: Path, rows: int, columns: int):
    matrix = np.eye(rows, columns, k=1, dtype=int)
    np.fill_diagonal(matrix, np.arange(min(rows, columns)) * 1000)
    matrix[0, 0] = 1
    names = [f"B-LABEL_{i}" for i in range(rows)]
    path = plot_confusion(matrix, names, tmp_path / "c.png", "Tags", predicted_names=names[:columns])
    check_drawn(path)


def test_confusion_with_other_columns_empty_rows_and_odd_names(tmp_path: Path):
    matrix = np.zeros((7, 7), dtype=int)
    matrix[0, 1] = 12_345_678
    path = plot_confusion(matrix, NAMES, tmp_path / "c.png", "$a_", predicted_names=[*NAMES[:-1], "missed"])
    check_drawn(path)


def test_confusion_names_must_fit(tmp_path: Path):
    with pytest.raises(ValueError, match=r"2 x 2 names for a matrix of shape \(3, 3\)"):
        plot_confusion(np.eye(3), ["a", "b"], tmp_path / "c.png", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("num_labels", [0, 1, 59])
def test_labels_and_counts(tmp_path: Path, num_labels: int):
    names = (NAMES + [f"LABEL_{'X' * (i % 40)}{i}" for i in range(60)])[:num_labels]
    per_label = {
        name: {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "gold": 10 * i} for i, name in enumerate(names)
    }
    counts = {"train": {name: 10**i for i, name in enumerate(names[:7])}, "dev": dict.fromkeys(names, 0)}
    check_drawn(plot_labels(per_label, tmp_path / "labels.png"))
    check_drawn(plot_classes(counts, tmp_path / "counts.png"))


def test_tags_are_drawn_below_the_labels_while_they_can_be_read(tmp_path: Path):
    labels = {"train": {"PER": 90, "LOC": 3}, "dev": {"PER": 4}, "test": {}}
    heights = []
    for num_tags in (0, 17, 41):
        tags = {"train": {f"B-L{i}": 10**i % 7919 for i in range(num_tags)}, "dev": {}, "test": {}}
        path = plot_classes(labels, tmp_path / "classes.png", tag_counts=tags)
        check_drawn(path)
        heights.append(len(pixels(path)))
    assert heights[1] > 2 * heights[0]
    assert heights[2] == heights[0]


def test_the_same_plot_is_the_same_file_and_replaces_the_old_one(tmp_path: Path):
    path = tmp_path / "c.png"
    path.write_text("old")
    first = plot_confusion(np.eye(3), list("abc"), path, "T").read_bytes()
    assert plot_confusion(np.eye(3), list("abc"), path, "T").read_bytes() == first


def test_no_global_state_of_matplotlib_is_touched(tmp_path: Path):
    # In a process of its own: others may import pyplot here.
    code = (
        "import sys, pathlib, matplotlib; from onoma.reports.curves import plot_history\n"
        # To read the setting of the backend is to choose one, which imports pyplot.
        "settings = lambda: {k: matplotlib.rcParams[k] for k in matplotlib.rcParams if k != 'backend'}\n"
        "before = settings()\n"
        "plot_history([{'epoch': 1, 'train_loss': 2.0}], pathlib.Path(sys.argv[1]))\n"
        "assert settings() == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_unwritable_place_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        plot_history(history(2), tmp_path / "file" / "plots")


def test_without_matplotlib_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real_import = builtins.__import__

    def no_matplotlib(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError(name)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(MissingExtraError, match=r"pip install 'onoma\[train\]'"):
        plot_history(history(2), tmp_path)


@pytest.mark.parametrize("count", [1, 3_000])
def test_reliability(tmp_path: Path, count: int):
    numbers = np.random.default_rng(1)
    scores = numbers.random(count) ** 0.2
    before, after = (bin_scores(scores**power, numbers.random(count) < scores) for power in (0.3, 1.0))
    assert before is not None
    assert after is not None
    path = plot_reliability({"dev": (before, after), "test": (before, after)}, tmp_path / "reliability.png")
    check_drawn(path)
    single = plot_reliability({"dev": (before, after)}, tmp_path / "dev.png")
    assert pixels(single).shape[0] < pixels(path).shape[0]
