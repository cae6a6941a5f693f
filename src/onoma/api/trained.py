"""Reading data for a run as its own data was read, unless something else is asked for."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Labels, label_map
from onoma.errors import ConfigError
from onoma.readers.label_map import LabelMap, read_label_map
from onoma.readers.options import COLUMNS, MEANINGS, SETTING_NAMES

if TYPE_CHECKING:
    from onoma.readers.source import Source
    from onoma.text import Corpus
    from onoma.training.config import DataConfig

_OF_RECORDS = ("label_names", "labels", "document_labels")


class TrainedOptions:
    """Completes options of reading by those that a run was trained with.

    Of a bundle nothing is known but the bundle.

    Args:
        given: the options as they were given, by field of `ReadOptions`; they win, but for ``labels``, which
            are mapped behind the run's own. None, or an empty collection, is "not given".
        model: a run's folder, or any other name of a model.
        tell: is told, once each, what is taken from the run, and what does not fit.
        without: fields that stay as they are.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        model: str | Path,
        tell: Callable[[str], None],
        without: tuple[str, ...] = (),
    ) -> None:
        self._given = given
        self._tell = tell
        self._told: set[str] = set()
        data = data_of_run(model)
        self._stored = {} if data is None else dict(_stored(given, data, without))

    def for_memory(self) -> dict[str, Any]:
        """Return what records are to be read with besides: what is no matter of columns."""
        return self._told_of({name: self._stored[name] for name in _OF_RECORDS if name in self._stored})

    def for_file(self, path: str) -> dict[str, Any]:
        """Return what a file is to be read with besides; what cannot hold for it is left out.

        ``labels`` are the run's own map, and behind it what was given; ``label_names`` are a tuple.
        """
        if not self._stored:
            return {}
        held, reason = self._fitting(path)
        if reason:
            left = {name: value for name, value in self._stored.items() if name not in held}
            self._say(f"{path}: {reason}: {_as_options(left)}")
        return self._told_of(held)

    def _told_of(self, held: dict[str, Any]) -> dict[str, Any]:
        if held:
            self._say(f"read as the run was trained: {_as_options(held)}")
        return held

    def _say(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._tell(line)

    def _fitting(self, path: str) -> tuple[dict[str, Any], str]:
        """Return the stored options that a file has room for, and why not all where that is worth saying."""
        from onoma.errors import OnomaError
        from onoma.readers.source import Source

        source = Source(path, self._given.get("encoding") or "utf-8")
        if source.is_pipe or not {*COLUMNS, "text_column"} & self._stored.keys():
            return self._stored, ""
        try:
            return self._fitting_source(source)
        except OnomaError:
            return self._stored, ""  # whoever reads it will say what is wrong with it
        finally:
            source.close()

    def _fitting_source(self, source: Source) -> tuple[dict[str, Any], str]:
        from onoma.readers import ReadOptions, get_format
        from onoma.readers.columns.layout import find_layout
        from onoma.readers.describe import field_names
        from onoma.readers.detection import detect_source

        name = self._given.get("format")
        format = detect_source(source) if name is None else get_format(name)
        held, reason = dict(self._stored), ""
        if format.name == "conll":
            layout = find_layout(source.head(1_000), ReadOptions(gold=False), source.name)
            width = 0 if layout is None else layout.width
            if layout and max(held.get("word_column") or 0, held.get("tag_column") or 0) > width:
                reason = f"has {width} columns, so that options of the run do not hold"
                held = {name: value for name, value in held.items() if name not in COLUMNS[:2]}
        held = {name: value for name, value in held.items() if name not in format.idle_names}
        if "text_column" in held and not (
            format.binary or source.is_folder or held["text_column"] in field_names(source.sample())
        ):
            del held["text_column"]
        return held, reason


def data_of_run(model: str | Path) -> DataConfig | None:
    """Return how a run's data was read; None where a model is no run, or its configuration cannot be read."""
    from onoma.training.config import DataConfig, read_settings, validate

    path = Path(model) / "config.toml"
    if not os.path.isfile(path):  # noqa: PTH113 - Path's own raises on names that are too long
        return None
    try:
        return validate(DataConfig, read_settings(path).get("data", {}), "data")
    except ConfigError:
        return None


def own_training_data(model: str | Path) -> Corpus | None:
    """Return what a run learned from: its training file without what was held out or left out of it.

    None where a model is no run, or its data or configuration is not there any more.

    Raises:
        DataError: the data cannot be read as it was.
    """
    from onoma.readers import read_corpus
    from onoma.training.config import TrainingConfig, read_settings, validate
    from onoma.training.data import divide

    data = data_of_run(model)
    if data is None or not Path(data.train).exists():
        return None
    try:
        training = read_settings(Path(model) / "config.toml").get("training", {})
        seed = validate(TrainingConfig, training, "training").seed
    except ConfigError:
        return None
    return divide(read_corpus(data.train, data.read_options()), data, seed)[0]


def was_trained_on(path: Path, data: DataConfig) -> bool:
    """Whether a file is the one that a run with this data was trained on."""
    return path.resolve() == Path(data.train).resolve()


def _stored(
    given: Mapping[str, Any], data: DataConfig, without: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    columns = (given.get("word_column"), given.get("tag_column"))
    for name in MEANINGS:
        value = getattr(data, SETTING_NAMES.get(name, name))
        if name in without or value in (None, ()):
            continue
        if name == "labels":
            yield name, _behind(value, given.get(name) or ())
        elif given.get(name) in (None, (), []) and (name not in COLUMNS[:2] or value not in columns):
            yield name, value  # unless another part was given to this column


def _behind(own: Sequence[str], given: Labels) -> LabelMap:
    """Return a map of labels behind a run's own: what that gives another name is named anew.

    Raises:
        ConfigError: a label that the run's own map leaves none of.
    """
    first, then = read_label_map(own), label_map(given)
    kept = {new for new in first.names.values() if new}
    for label, asked in then.names.items():
        became = first(label)
        if label in first.names and label not in kept and asked != (became or ""):
            hint = f"is {became} for this run: map that" if became else "was dropped for this run"
            raise ConfigError(f"--map {label}={asked}: {label} {hint}")
    behind = {old: then(new) or "" if new else "" for old, new in first.names.items()}
    return LabelMap({**then.names, **behind})


def _as_options(values: Mapping[str, Any]) -> str:
    """Write settings as options of the command line."""
    parts = []
    for name, value in values.items():
        if name == "labels":
            parts += [f"--map {shlex.quote(one)}" for one in value.as_assignments()]
        else:
            shown = ",".join(value) if name == "label_names" else str(value)
            parts.append(f"--{name.replace('_', '-')} {shlex.quote(shown)}")
    return " ".join(parts)
