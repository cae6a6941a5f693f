"""What `make demo` shows after its trainings."""

import importlib.util
import json
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def test_scores_of_runs_are_shown_side_by_side(tmp_path: Path, monkeypatch, capsys) -> None:
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    assert spec is not None
    assert spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    monkeypatch.chdir(tmp_path)
    score = {"f1": 0.5, "precision": 0.25, "recall": 0.75}
    metrics = {"dev": {"entity": score}, "test": {"entity": score}, "parameters": 1000, "train_seconds": 9.0}
    for rung in demo.RUNGS:
        (tmp_path / demo.RUNS / rung).mkdir(parents=True)
        (tmp_path / demo.RUNS / rung / "metrics.json").write_text(json.dumps(metrics))
    demo.show_scores()
    shown = capsys.readouterr().out
    assert all(part in shown for part in ("50.00", "25.00", "75.00"))
