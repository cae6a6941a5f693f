"""What a finished run leaves for the eye."""

from __future__ import annotations

from pathlib import Path

from onoma.reports.curves import plot_history
from onoma.reports.plots import plot_classes, plot_confusion, plot_labels
from onoma.reports.reliability import plot_reliability
from onoma.training.events import Finished


def write_plots(folder: Path, finished: Finished) -> None:
    """Write the curves, the classes' counts, how far entity scores are to be believed, and of test (else dev)
    the confusions and scores by label.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: the folder cannot be written.
    """
    plot_history([epoch.as_dict() for epoch in finished.history], folder)
    plot_classes(finished.counts.labels, folder / "classes.png", tag_counts=finished.counts.tags)
    split = "test" if "test" in finished.evaluations else "dev"
    evaluation = finished.evaluations[split]
    tags, entities = evaluation.tag_confusion, evaluation.entity_confusion
    plot_confusion(tags.counts, tags.rows, folder / "confusion_tags.png", f"Tags, {split}")
    plot_confusion(
        entities.counts,
        entities.rows,
        folder / "confusion_entities.png",
        f"Entities, {split}",
        predicted_names=entities.columns,
    )
    plot_labels(
        {label: score.as_dict() for label, score in evaluation.entity.per_label.items()},
        folder / "labels.png",
        title=f"F1 by label, {split}",
    )
    stages = {
        name: (before, after)
        for name, before in finished.uncalibrated.items()
        if (after := finished.evaluations[name].calibration) is not None
    }
    if stages:
        plot_reliability(stages, folder / "reliability.png")
