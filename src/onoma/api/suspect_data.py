"""Data that a user names to be judged: read as the run's own was, and not what the run was trained on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import read_options
from onoma.api.data_files import DataFile
from onoma.api.suspect_parts import Part
from onoma.api.trained import TrainedOptions, was_trained_on
from onoma.errors import ConfigError
from onoma.inspection.suspect_places import JudgedFile

if TYPE_CHECKING:
    from onoma.readers import ReadLog, ReadOptions
    from onoma.text import Corpus
    from onoma.training.config import RunConfig


class GivenData:
    """Reads what the user names.

    Args:
        run: whose options of reading hold where none are given.
        config: its settings.
        reading: fields of `ReadOptions` that were given.
        learned: texts that the run was trained on, as far as they are known.
        tell: is told how data is read.
        warn: is told what was odd about it.

    Raises:
        ConfigError: an option of reading does not exist, or has a value that does not.
    """

    def __init__(
        self,
        run: Path,
        config: RunConfig,
        reading: Mapping[str, Any],
        learned: Collection[str],
        tell: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        from onoma.tokenize import get_tokenizer

        self._reading, self._labels = reading, read_options(reading).labels
        self._trained = TrainedOptions(reading, str(run), tell)
        self._data = config.data
        self._tokenizer = get_tokenizer(config.data.tokenizer)
        self._learned = learned
        self._tell, self._warn = tell, warn

    def part(self, split: str, file: DataFile) -> Part:
        """Return the documents of a file, which the named runs judge.

        Raises:
            ConfigError: the run was trained on it.
            DataError: it cannot be read, or holds no gold.
        """
        from onoma.readers import ReadLog
        from onoma.readers.plausible import check_gold
        from onoma.training.data import load_corpus

        shown = str(Path(file.shown))
        if was_trained_on(file.path, self._data):
            raise _seen(shown)
        options, log = self._options(file), ReadLog()
        corpus = load_corpus(file.path, options, split, self._tokenizer, log)
        log.problems = [replace(problem, path=shown) for problem in log.problems]
        self._tell_reading(file.shown, log, options, corpus)
        check_gold(corpus.documents, log, options, file.shown)
        if file.origin != "file":
            self._check_unseen(shown, corpus)
        return Part(JudgedFile(split, str(file.path), shown, options), [(None, corpus.documents)])

    def _options(self, file: DataFile) -> ReadOptions:
        held = {}
        if file.origin == "file":
            held = self._trained.for_file(file.shown)
        elif file.origin == "records":
            held = self._trained.for_memory()
        return read_options({**self._reading, **held})

    def _tell_reading(self, name: str, log: ReadLog, options: ReadOptions, corpus: Corpus) -> None:
        from onoma.readers.account import label_note, loss_note, problem_lines, unused_labels

        for line in problem_lines(log):
            self._warn(line)
        for note, say in ((loss_note(log), self._warn), (label_note(log), self._tell)):
            if note:
                say(f"{name}: {note}")
        own = options.labels.names.keys() - self._labels.names.keys()
        for line in unused_labels(options.labels, [log], corpus.entity_labels, own):
            self._warn(line)

    def _check_unseen(self, name: str, corpus: Corpus) -> None:
        """Look at the texts: of what is in memory no path tells whether the run was trained on it."""
        seen = sum(document.text in self._learned for document in corpus.documents)
        if seen == len(corpus.documents):
            raise _seen(name)
        if seen:
            many = f"{seen:,} of {len(corpus.documents):,} documents"
            self._warn(f"{name}: the run was trained on the texts of {many}, and may know these by heart")


def _seen(name: str) -> ConfigError:
    return ConfigError(f"{name}: the run was trained on this; --split train judges it by folds")
