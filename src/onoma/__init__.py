"""Onoma: train, compare and ship named-entity recognisers.

    import onoma

    corpus = onoma.read("my.conll")                                   # any format; see `onoma.read`
    run = onoma.train(model="bilstm-crf", data="data/", out="runs/first", epochs=20)
    scores = onoma.evaluate(run, "test.conll")
    onoma.score("test.conll", {"other": "predicted.jsonl"})          # anyone's predictions beside gold
    onoma.compare([run, "runs/second"], out="report")
    onoma.export(run, "bundle", precision="int8")

    tagger = onoma.load("en")                                         # a run, a bundle, or a shipped model
    doc = tagger("John lives in New York.")
    [(e.text, e.label, e.start, e.end, e.score) for e in doc.entities]

Each function says in its help what it takes and which errors it raises; all errors are `onoma.OnomaError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from onoma.telemetry import turn_off

if TYPE_CHECKING:
    from onoma.api.annotating import annotate
    from onoma.api.comparing import compare, decide
    from onoma.api.data import read
    from onoma.api.distilling import distill
    from onoma.api.evaluating import evaluate
    from onoma.api.exporting import export
    from onoma.api.inspecting import inspect
    from onoma.api.pretraining import pretrain
    from onoma.api.redacting import redact
    from onoma.api.runs import TrainedRun, train
    from onoma.api.scoring import score
    from onoma.api.selecting import select
    from onoma.api.splitting import split
    from onoma.api.suspecting import suspects
    from onoma.api.tuning import tune
    from onoma.api.voting import weak
    from onoma.api.writing import write
    from onoma.errors import OnomaError, StoppedError
    from onoma.runtime.loading import load
    from onoma.text import Corpus, Document, Span, Token

turn_off()

__version__ = "0.1.0"
__all__ = [
    "Corpus",
    "Document",
    "OnomaError",
    "Span",
    "StoppedError",
    "Token",
    "TrainedRun",
    "__version__",
    "annotate",
    "compare",
    "decide",
    "distill",
    "evaluate",
    "export",
    "inspect",
    "load",
    "pretrain",
    "read",
    "redact",
    "score",
    "select",
    "split",
    "suspects",
    "train",
    "tune",
    "weak",
    "write",
]

_HOMES = {
    "annotate": "onoma.api.annotating",
    "compare": "onoma.api.comparing",
    "decide": "onoma.api.comparing",
    "distill": "onoma.api.distilling",
    "evaluate": "onoma.api.evaluating",
    "export": "onoma.api.exporting",
    "inspect": "onoma.api.inspecting",
    "load": "onoma.runtime.loading",
    "read": "onoma.api.data",
    "pretrain": "onoma.api.pretraining",
    "redact": "onoma.api.redacting",
    "score": "onoma.api.scoring",
    "select": "onoma.api.selecting",
    "split": "onoma.api.splitting",
    "suspects": "onoma.api.suspecting",
    "train": "onoma.api.runs",
    "tune": "onoma.api.tuning",
    "weak": "onoma.api.voting",
    "write": "onoma.api.writing",
    "Corpus": "onoma.text",
    "Document": "onoma.text",
    "OnomaError": "onoma.errors",
    "Span": "onoma.text",
    "StoppedError": "onoma.errors",
    "Token": "onoma.text",
    "TrainedRun": "onoma.api.runs",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: `import onoma` stays instant. No subpackage may have one of these names:
    # importing it would put the package in the function's place (a test holds that).
    if name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'onoma' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
