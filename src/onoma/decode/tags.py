"""From tag scores to entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from onoma.decode import compiled
from onoma.decode.candidates import span_candidates
from onoma.decode.links import link_tags
from onoma.decode.long import long_span_candidates, long_span_probabilities
from onoma.decode.marginals import make_lattice, outside_probabilities, span_probabilities
from onoma.decode.packing import check_batch
from onoma.decode.protocol import NOTHING, Floats, Found, SpanQuery
from onoma.decode.segments import segment_marginals
from onoma.decode.stretches import Chain, Stretch, cut_into_stretches
from onoma.decode.transitions import Transitions
from onoma.decode.viterbi import viterbi
from onoma.features.windows import Window
from onoma.metrics.spans import spans_from_tag_ids
from onoma.tags import Scheme, labels_of_tags
from onoma.tags.scheme import OUTSIDE


class TagDecoder:
    """Finds the best tag sequence, and reads the entities off it.

    Args:
        tags: the K tags in the order of the emissions.
        scheme: the scheme of ``tags``.
        transitions: scores between tags, with the scheme's constraints.
        with_scores: compute each entity's probability.
        temperature: what all scores are divided by before they become probabilities.
    """

    nested = False

    def __init__(
        self,
        tags: Sequence[str],
        scheme: Scheme,
        transitions: Transitions,
        *,
        with_scores: bool = True,
        temperature: float = 1.0,
    ) -> None:
        self.tags = tuple(tags)
        self.scheme = scheme
        self.transitions = transitions
        self.with_scores = with_scores
        self._temperature = np.float32(temperature)
        # For probabilities only: paths are found among the scores as they are.
        self._tempered = transitions
        if temperature != 1:
            self._tempered = Transitions(*(scores / self._temperature for scores in transitions))

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels, sorted."""
        return tuple(sorted(labels_of_tags(self.tags)))

    def with_temperature(self, temperature: float) -> TagDecoder:
        """Return the same decoder with its probabilities at another temperature; the paths stay the same."""
        return TagDecoder(
            self.tags, self.scheme, self.transitions, with_scores=self.with_scores, temperature=temperature
        )

    def decode(self, emissions: Floats, lengths: npt.NDArray[np.integer]) -> Iterator[Found]:
        """Yield the entities of a batch of ``emissions`` [B, T, K]."""
        links = link_tags(self.tags, self.scheme)
        if compiled.takes_spans(emissions, self.transitions, links):
            check_batch(emissions, lengths, self.transitions)
            soft = self._tempered if self.with_scores else None
            columns = compiled.decode(
                emissions, lengths, self.transitions, self.tags, self.scheme, soft, float(self._temperature)
            )
            yield from columns.found(links.names, scored=self.with_scores)
            return
        paths, _ = viterbi(emissions, lengths, self.transitions)  # [B, T]
        mask = np.arange(paths.shape[1]) < lengths[:, None]  # [B, T]
        offsets = np.concatenate([[0], np.cumsum(lengths)])  # [B+1]
        table = spans_from_tag_ids(paths[mask], offsets, self.tags, self.scheme)
        labels = [table.labels[label] for label in table.label_ids.tolist()]
        spans = list(zip(table.starts.tolist(), table.ends.tolist(), labels, strict=True))
        scores = self._score(emissions, lengths, table.document_ids, spans)
        for row, span, score in zip(table.document_ids.tolist(), spans, scores, strict=True):
            yield Found(row, *span, score)

    def _score(
        self,
        emissions: Floats,
        lengths: npt.NDArray[np.integer],
        rows: npt.NDArray[np.int64],
        spans: Sequence[tuple[int, int, str]],
    ) -> Sequence[float | None]:
        """Return the probability of each entity; sentences without any are not looked at again.

        Args:
            emissions: [B, T, K]
            lengths: [B]
            rows: of the entities, rising. [S]
            spans: of the entities.
        """
        if not self.with_scores or not spans:
            return [None] * len(spans)
        kept = np.flatnonzero(np.bincount(rows, minlength=len(emissions)))  # [b]
        numbers = rows  # [S]
        if len(kept) < len(emissions):
            emissions, lengths = emissions[kept], lengths[kept]
            numbers = np.searchsorted(kept, rows)
        queries = [(row, *span) for row, span in zip(numbers.tolist(), spans, strict=True)]
        chain = (self._temper(emissions), lengths, self._tempered)
        scores: list[float] = span_probabilities(*chain, self.tags, self.scheme, queries).tolist()
        return scores

    def decode_windows(self, windows: Iterable[tuple[Window, Floats]], num_tokens: int) -> Iterator[Found]:
        """Yield the entities of a sentence; it is decoded as a whole, so that no seam is seen."""
        soft = self._tempered if self.with_scores else None
        for stretch in self._stretches(windows, self.transitions, soft, self._ends_no_path):
            assert stretch.path is not None
            path = stretch.path[: stretch.end - stretch.start]
            table = spans_from_tag_ids(path, np.array([0, len(path)]), self.tags, self.scheme)
            labels = [table.labels[label] for label in table.label_ids.tolist()]
            spans = list(zip(table.starts.tolist(), table.ends.tolist(), labels, strict=True))
            scores: Sequence[float | None] = [None] * len(spans)
            if (chain := stretch.chain) is not None:
                moved = [(start + chain.before, end + chain.before, label) for start, end, label in spans]
                scores = long_span_probabilities(
                    chain.emissions, chain.transitions, self.tags, self.scheme, moved
                ).tolist()
            for (start, end, label), score in zip(spans, scores, strict=True):
                yield Found(0, stretch.start + start, stretch.start + end, label, score)

    def candidates(
        self, emissions: Floats, lengths: npt.NDArray[np.integer], floor: float
    ) -> Iterator[Found]:
        """Yield every entity whose probability is at least ``floor``."""
        chain = (self._temper(emissions), lengths, self._tempered)
        return span_candidates(*chain, self.tags, self.scheme, floor)

    def window_candidates(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, floor: float
    ) -> Iterator[Found]:
        """Yield the same of one sentence, as a whole."""

        def clear(stretch: Stretch) -> bool:
            return stretch.chain is not None and self._crossing(stretch.chain) < floor

        for stretch in self._stretches(windows, None, self._tempered, clear):
            assert stretch.chain is not None
            chain = stretch.chain
            place = stretch.start - chain.before
            for found in long_span_candidates(
                chain.emissions, chain.transitions, self.tags, self.scheme, floor
            ):
                start = found.start + place
                if stretch.start <= start < stretch.end:
                    yield found._replace(start=start, end=found.end + place)

    def probabilities(
        self, emissions: Floats, lengths: npt.NDArray[np.integer], queries: Sequence[SpanQuery]
    ) -> npt.NDArray[np.float64]:
        """Return the probability of each entity, or of none on any of its tokens. [S]"""
        return self._read((self._temper(emissions), lengths, self._tempered), queries)

    def window_probabilities(
        self, windows: Iterable[tuple[Window, Floats]], num_tokens: int, queries: Sequence[SpanQuery]
    ) -> npt.NDArray[np.float64]:
        """Return the same of one sentence, as a whole. [S]"""
        wrong = next((one for one in queries if not 0 <= one[1] < one[2] <= num_tokens), None)
        if wrong is not None:
            raise ValueError(f"span {wrong} does not lie in its sentence")
        starts = np.array([query[1] for query in queries], np.intp)  # [S]
        ends = np.array([query[2] for query in queries], np.intp)  # [S]

        def clear(stretch: Stretch) -> bool:
            return not bool(((starts < stretch.end) & (stretch.end < ends)).any())

        found = np.zeros(len(queries))
        for stretch in self._stretches(windows, None, self._tempered, clear):
            assert stretch.chain is not None
            own = np.flatnonzero((starts >= stretch.start) & (starts < stretch.end))
            place = stretch.start - stretch.chain.before
            moved = [
                (0, start - place, end - place, label)
                for _, start, end, label in (queries[index] for index in own.tolist())
            ]
            found[own] = self._read(stretch.chain.batch, moved)
        return found

    def segments(self, emissions: Floats, lengths: npt.NDArray[np.integer]) -> Floats:
        """Return the part of each token in entities, as `segment_marginals` says. [B, T, 1 + 4L]"""
        return segment_marginals(self._temper(emissions), lengths, self._tempered, self.tags, self.scheme)

    def window_segments(self, windows: Iterable[tuple[Window, Floats]], num_tokens: int) -> Floats:
        """Return the same of one sentence, as a whole. [1, T, 1 + 4L]"""
        found = np.zeros((1, num_tokens, 1 + 4 * len(self.labels)), np.float32)
        for stretch in self._stretches(windows, None, self._tempered, lambda _: True):
            assert stretch.chain is not None
            own = slice(stretch.chain.before, stretch.chain.before + stretch.end - stretch.start)
            found[0, stretch.start : stretch.end] = segment_marginals(
                *stretch.chain.batch, self.tags, self.scheme
            )[0, own]
        return found

    def _stretches(
        self,
        windows: Iterable[tuple[Window, Floats]],
        hard: Transitions | None,
        soft: Transitions | None,
        clear: Callable[[Stretch], bool],
    ) -> Iterator[Stretch]:
        """Cut a sentence in windows into stretches; see `cut_into_stretches`."""
        parts = (
            np.asarray(part[window.keep_start - window.start : window.keep_end - window.start], np.float32)
            for window, part in windows
        )
        return cut_into_stretches(parts, hard, soft, clear, temperature=self._temperature)

    def _ends_no_path(self, stretch: Stretch) -> bool:
        """Whether the best path's entities end where a stretch does, or before."""
        assert stretch.path is not None
        links = link_tags(self.tags, self.scheme)
        last, behind = stretch.path[-2:].tolist()
        return not links.join(last, behind)

    def _crossing(self, chain: Chain) -> float:
        """Return the probability of the most probable label to go on from a stretch to what is behind it."""
        assert chain.last is not None
        links = link_tags(self.tags, self.scheme)
        pair = (chain.emissions[None, -2:], np.array([2]), chain.transitions._replace(start=chain.last))
        places = np.zeros(len(links.labels), np.intp)  # [L]
        both = make_lattice(*pair).pairs_at(places, places, links.tags)  # [L, P, P]
        return float((both * links.linked).sum(axis=(1, 2)).max(initial=0))

    def _read(
        self, chain: tuple[Floats, npt.NDArray[np.integer], Transitions], queries: Sequence[SpanQuery]
    ) -> npt.NDArray[np.float64]:
        """Return the probability of each place in a batch of chains. [S]"""
        none = np.array([place[3] == NOTHING for place in queries], dtype=bool)  # [S]
        entities = [place for place in queries if place[3] != NOTHING]
        rest = np.array([place[:3] for place in queries if place[3] == NOTHING], np.intp).reshape(-1, 3)
        found = np.empty(len(queries))
        found[~none] = span_probabilities(*chain, self.tags, self.scheme, entities)
        found[none] = outside_probabilities(*chain, self.tags.index(OUTSIDE), rest)
        return found

    def _temper(self, emissions: Floats) -> Floats:
        """Return the emissions as they become probabilities; without a temperature the very same."""
        return emissions if self._temperature == 1 else emissions / self._temperature
