"""Source ``predictions``: a file of anyone's predictions about the same texts."""

from __future__ import annotations

from onoma.teachers import Teacher
from onoma.voting.kinds.models import open_place
from onoma.voting.source import Context, SourceKind, SourceSettings


class Predictions(SourceSettings):
    """A table ``[[predictions]]``.

    Args:
        file: in any readable format, with the very same texts.
    """

    file: str


def _open(settings: Predictions, context: Context) -> Teacher:
    return open_place(f"predictions:{settings.file}", settings, context)


SOURCE = SourceKind("predictions", "files of predictions about the very same texts", Predictions, _open)
