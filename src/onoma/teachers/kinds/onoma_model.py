"""Runs and bundles of ours, and the models that come with Onoma."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Floats
from onoma.errors import ModelError
from onoma.runtime.bundle import is_bundle, manifest_hash
from onoma.runtime.loading import find_bundle, load
from onoma.runtime.tagger import Tagger
from onoma.tags import labels_of_tags
from onoma.teachers.base import HardTeacher, SoftTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.spans import TaughtSpan, renamed_spans
from onoma.teachers.tables import FLOOR
from onoma.text import Document, Span


class TaggingTeacher(SoftTeacher):
    """A model of tags: it has an opinion of every token, at the temperature that was fitted on its dev."""

    def __init__(self, place: str, tagger: Tagger, digest: str, options: TeacherOptions) -> None:
        assert isinstance(tagger.decoder, TagDecoder), "others find spans"
        super().__init__(place, labels_of_tags(tagger.decoder.tags), options)
        self._tagger, self._digest = tagger, digest

    @property
    def digest(self) -> str:
        """That of the bundle's manifest, which names the content of all its files."""
        return self._digest

    def own_marginals(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the marginals under the model."""
        self._tagger.features.trim()
        return self._tagger.segments(documents)

    def own_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of all entities under the model, on its best row of tags or not."""
        self._tagger.features.trim()
        return self._tagger.likely_spans(documents, FLOOR)


class SpanTeacher(HardTeacher):
    """A model of spans: it has an opinion of every span; of tokens' parts it says what entities it finds."""

    def __init__(self, place: str, tagger: Tagger, digest: str, options: TeacherOptions) -> None:
        super().__init__(place, tagger.labels, options)
        assert tagger.decoder is not None
        self.nested = tagger.decoder.nested
        self._tagger, self._digest = tagger, digest

    @property
    def digest(self) -> str:
        """That of the bundle's manifest."""
        return self._digest

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the model's entities."""
        self._tagger.features.trim()
        return [list(document.entities) for document in self._tagger.tag(documents)]

    def teach_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of all spans, at the temperature that was fitted on its dev."""
        self._tagger.features.trim()
        return [renamed_spans(spans, self._map) for spans in self._tagger.likely_spans(documents, FLOOR)]


def _matches(path: Path) -> bool:
    return is_bundle(path) or is_bundle(path / "bundle")


def _open(place: str, options: TeacherOptions) -> Teacher:
    digest = manifest_hash(find_bundle(place))
    tagger = load(place, threads=options.threads)
    if tagger.decoder is None:
        raise ModelError(f"{place}: gives document labels only, so it cannot teach entities")
    kind = TaggingTeacher if isinstance(tagger.decoder, TagDecoder) else SpanTeacher
    return kind(place, tagger, digest, options)


TEACHER = TeacherKind("onoma", "a run or bundle of Onoma, or a model that comes with it", _matches, _open)
