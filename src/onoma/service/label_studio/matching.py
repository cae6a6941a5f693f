"""Which label of a project a model's label is, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from onoma.errors import DataError
from onoma.text import Document


@dataclass(frozen=True, slots=True)
class Matched:
    """A model's labels and a project's, side by side.

    Args:
        names: the model's label -> the project's.
        unknown: labels of the model that the project does not have, and that nobody has dropped by ``A=``.
        unmet: labels of the project that no label of the model is.
    """

    names: Mapping[str, str]
    unknown: tuple[str, ...]
    unmet: tuple[str, ...]

    def rename(self, document: Document) -> Document:
        """Return a document with the project's labels; entities whose label it does not have are left out."""
        return document.with_entities(
            [
                span._replace(label=self.names[span.label])
                for span in document.entities
                if span.label in self.names
            ]
        )

    def back(self) -> dict[str, str]:
        """Return the project's label -> the model's.

        Raises:
            DataError: two labels of the model are one of the project, so that annotation does not tell which.
        """
        found: dict[str, str] = {}
        for theirs, ours in self.names.items():
            if ours in found:
                what = (
                    f"the model's labels {found[ours]} and {theirs} are both {ours} in the project, so that "
                    "its annotation does not tell them apart"
                )
                raise DataError(what, code="merged-labels")
            found[ours] = theirs
        return found


def match_labels(
    model: Iterable[str],
    project: Collection[str],
    given: Mapping[str, str] | None = None,
    hints: Mapping[str, str] | None = None,
) -> Matched:
    """Find the project's label for each of a model's.

    Args:
        model: labels of the model.
        project: labels of the project.
        given: by the user, from ``--label-map``; an empty one drops a label. It wins.
        hints: of the project itself; see `Labelling`.

    Then the label of the same name counts, and else the only one that differs in case alone.
    """
    given, hints = given or {}, hints or {}
    folded: dict[str, list[str]] = {}
    for name in project:
        folded.setdefault(name.casefold(), []).append(name)
    names: dict[str, str] = {}
    unknown = []
    for label in model:
        asked = given.get(label, hints.get(label, label))
        near = folded.get(asked.casefold(), [])
        if asked in project:
            names[label] = asked
        elif len(near) == 1:
            names[label] = near[0]
        elif asked:
            unknown.append(label)
    met = set(names.values())
    return Matched(names, tuple(unknown), tuple(name for name in project if name not in met))
