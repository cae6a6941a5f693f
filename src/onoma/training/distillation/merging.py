"""Targets of sources without gold: they vote, it is learned whom to believe, and their votes are merged.

SILVER/  as every folder of targets (`onoma.teachers.targets`), and
         votes/00000.safetensors   what each source says of the text, beside each other
         merger.safetensors        what the merger has learned
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from onoma.errors import DataError, MissingExtraError, ModelError, OnomaError
from onoma.files import atomic_path
from onoma.teachers.form import get_form
from onoma.teachers.shards import Shard, read_shard, write_shard
from onoma.teachers.tables import Sparse, Table
from onoma.teachers.targets import shard_path
from onoma.text import Document
from onoma.training.distillation.making import VOTES, MakingTargets, Notes, take_notes
from onoma.training.distillation.texts import Texts
from onoma.training.events import Labelled, Learned, Merged, Stopped, TargetsMade
from onoma.voting.account import Account
from onoma.voting.labeller import Labeller
from onoma.voting.merger import Merger, get_merger
from onoma.voting.rules import OpenSource, ballot_of, open_sources
from onoma.voting.source import Context
from onoma.voting.votes import TOP, join_votes, part_votes

_LOG = logging.getLogger(__name__)

LEARNED = "merger.safetensors"

Event = Labelled | Learned | Merged


@dataclass(frozen=True, slots=True)
class Election:
    """Who votes about what, and how the votes are merged.

    Args:
        rules: a rules file.
        texts: what is voted about.
        merge: how, by name.
        functions: that rules may name.
        also: those of them that vote in any case, each with where it comes from.
        held_out: share of the documents for measuring, 0 for none.
        threads: of models, 0 to leave the number as it is.
    """

    rules: Path
    texts: Texts
    merge: str = "hmm"
    functions: Mapping[str, Labeller] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    held_out: float = 0.0
    threads: int = 0


class Merging(MakingTargets[Event]):
    """Making a folder of targets from votes, which are about tokens' parts.

    Args:
        election: who votes about what.
        folder: where the targets go; empty or new, unless ``resume``. A finished one that was made of the
            same is not made again.
        resume: go on with what is there.

    Raises:
        OutputError: the folder is in use or holds something else.
        ConfigError: the rules cannot be used, or what is there was made of something else.
        DataError: a text cannot be read.
        ModelError: a source cannot be used.
        MissingExtraError: what a source needs is not installed.
    """

    WHO: ClassVar[str] = "sources"
    NO_DEV: ClassVar[str] = "--held-out 0"

    def __init__(self, election: Election, folder: Path, *, resume: bool = False) -> None:
        self.election = election
        super().__init__(election.texts, election.held_out, get_form("parts"), folder, resume=resume)

    def _prepare(self) -> None:
        election, texts = self.election, self.texts
        kind = get_merger(election.merge)
        texts.check()
        context = Context(election.rules.parent, texts.tokenizer, election.threads, election.functions)
        self.sources: list[OpenSource] = open_sources(election.rules, context, election.also)
        self.ballot = ballot_of(self.sources)
        made = {
            "sources": [source.identity() for source in self.sources],
            "merge": kind.name,
            **self._of_texts(),
        }
        self._begin(made)
        (self.folder / VOTES).mkdir(exist_ok=True)
        self.merger: Merger = kind.make(self.ballot)

    def _work(self) -> Iterator[Event | TargetsMade | Stopped]:
        if self._record["finished"]:
            _LOG.info(f"{self.folder}: this is made, and used as it is")
            yield TargetsMade(self.folder, self._record)
            return
        with self._saving_on_stop():
            for event in self._steps():
                yield event
                if self.stopping:
                    yield Stopped()
                    return
            self._finish(self.ballot.labels, self._account())
        yield TargetsMade(self.folder, self._record)

    def _steps(self) -> Iterator[Event]:
        """Vote, learn and merge; each step is kept before it is told."""
        yield from self._label(self._votes_path, self._vote)
        self._go_on_learning()
        for one in self.merger.learn(lambda: (part_votes(shard, self.ballot) for shard in self._voted())):
            self._keep_learned()
            yield Learned(one.number, one.objective, one.gain)
        for number, shard in enumerate(self._voted()):
            path = shard_path(self.folder, number)
            if not path.exists():
                merged = self.merger.merge(part_votes(shard, self.ballot))
                write_shard(path, replace(shard, targets=Sparse.of(merged, TOP)))
            yield Merged(number + 1, self._num_shards)

    def _vote(self, documents: Sequence[Document]) -> tuple[Table, Notes]:
        """Ask all sources about some documents."""
        answers = []
        for source in self.sources:
            try:
                answers.append(np.concatenate(source.teacher.teach(documents)))
            except MissingExtraError:
                raise
            except OnomaError as error:
                raise ModelError(f"{self.election.rules}: source '{source.name}': {error}") from error
        return join_votes(answers), take_notes((source.name, source.teacher) for source in self.sources)

    def _votes_path(self, number: int) -> Path:
        return self.folder / VOTES / f"{number:05}.safetensors"

    def _voted(self) -> Iterator[Shard[Sparse]]:
        width = self.ballot.edges[-1]
        return (read_shard(self._votes_path(number), width, Sparse) for number in range(self._num_shards))

    def _go_on_learning(self) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = self.folder / LEARNED
        try:
            self.merger.restore(load(path.read_bytes()))
        except FileNotFoundError:
            return
        except (SafetensorError, KeyError, ValueError):
            raise DataError("is damaged: remove it to learn anew", code="damaged", path=path) from None

    def _keep_learned(self) -> None:
        from safetensors.numpy import save

        with atomic_path(self.folder / LEARNED) as part:
            part.write_bytes(
                save({name: np.ascontiguousarray(array) for name, array in self.merger.state().items()})
            )

    def _account(self) -> dict[str, Any]:
        """Return what is to be known of the sources, now that all is merged."""
        account = Account(self.ballot)
        for number, shard in enumerate(self._voted()):
            merged = read_shard(shard_path(self.folder, number), self.ballot.width, Sparse)
            sentences = [words for document in shard.documents for words in document]
            account.add(part_votes(shard, self.ballot), merged.targets.dense(self.ballot.width), sentences)
        silent = {one.name for one in self.sources} - {
            one.source for one in account.reliabilities() if one.tokens
        }
        for name in sorted(silent):
            _LOG.warning(f"warning: the source '{name}' finds nothing in these texts")
        return {**account.as_dict(), "left_out": dict(self.texts.left_out)}
