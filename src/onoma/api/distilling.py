"""Teaching a small model by large ones on unlabelled text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.data import Data
from onoma.api.jobs import SAME_CALL, Watch, make_targets, train_run, unwatched
from onoma.api.runs import TrainedRun
from onoma.api.settings import Options, flatten, run_config
from onoma.errors import ConfigError

if TYPE_CHECKING:
    from onoma.training.config import DataConfig, RunConfig
    from onoma.training.distillation.teaching import Lessons
    from onoma.training.events import Finished

Teacher = str | Path | TrainedRun
HELD_OUT = 0.05
"""Share of the texts that is for measuring where there is no gold."""
_OF_TRAINING = ("allow_empty", "on_misaligned")
"""Options of reading that hold for the teachers' own answers, too."""


def distill(
    teachers: Teacher | Sequence[Teacher],
    text: str | Path | Sequence[str | Path],
    model: str | None = None,
    out: str | Path = "run",
    *,
    data: str | Path | Mapping[str, Data] | None = None,
    config: str | Path | None = None,
    targets: str | Path | None = None,
    text_format: str | None = None,
    max_words: int = 0,
    confidence: float = 1.0,
    resume: bool = False,
    model_options: Options = None,
    training_options: Options = None,
    data_options: Options = None,
    watch: Watch = unwatched,
    **settings: Any,
) -> TrainedRun:
    """Train a student on what teachers say of unlabelled text, and score it; what ``onoma distill`` does.

    Args:
        teachers: runs, bundles, models that come with Onoma, files of predictions, or ``KIND:PLACE``; of
            several the probabilities are averaged.
        text: files of raw text, a document a line, or documents in any format.
        model: the student: any rung that finds entities, by tags or spans. What ``joint`` learns besides, it
            learns from gold alone.
        out: folder for its run.
        data: gold to learn from besides, as `onoma.train` takes it; without it the student is measured on a
            part of the teachers' own answers.
        config: TOML file, or the name of a preset.
        targets: folder for what the teachers say, beside the run as ``OUT-targets`` when not given. Finished
            ones that were made of the same are used as they are.
        text_format: format of the texts, found by content when not given; ``text``: a document a line.
        max_words: ask about so many words only, 0 for all.
        confidence: how sure teachers count as that do not say how sure they are.
        resume: go on with what is in ``targets`` and ``out``.
        model_options: settings of the model.
        training_options: settings of the training.
        data_options: settings of the data: ``{"label_map": ["PERSON=PER"]}`` is of the teachers' labels, too.
        watch: sees what happens: objects of `onoma.training.events`.
        settings: any of these by name: ``targets_share=0.8, epochs=20``.

    Raises:
        ConfigError: an option does not exist or fit, or teachers and data differ in their labels.
        DataError: the texts or the data cannot be used.
        ModelError: a teacher cannot be used.
        StoppedError: Ctrl-C or SIGTERM; the same call with ``resume=True`` goes on.
        MissingExtraError: what a teacher needs, or PyTorch, is not installed.
    """
    from onoma.extras import require

    require("train")
    folder = Path(out)
    place = Path(targets) if targets is not None else folder.with_name(f"{folder.name}-targets")
    given = flatten(settings, model=model_options, training=training_options, data=data_options)
    given |= {"data.targets": str(place.resolve())}
    files = data
    if data is None and config is None:
        files = taught_files(place)
        given = {"data.targets_share": 1.0, **given}
    resolved = run_config(model, files, folder, given, config=config)
    many = [teachers] if isinstance(teachers, str | Path | TrainedRun) else list(teachers)
    texts = [text] if isinstance(text, str | Path) else list(text)
    lessons = plan_lessons(
        resolved,
        [os.fspath(one) for one in many],
        [os.fspath(one) for one in texts],
        text_format=text_format,
        max_words=max_words,
        confidence=confidence,
    )
    distill_run(resolved, lessons, folder, resume=resume, watch=watch)
    return TrainedRun(folder)


def taught_files(targets: Path) -> dict[str, Path]:
    """Return the files that stand in the place of gold where there is none."""
    from onoma.teachers.targets import DEV, TRAIN

    return {"train": targets.resolve() / TRAIN, "dev": targets.resolve() / DEV}


def learns_from_answers(data: DataConfig) -> bool:
    """Whether the teachers' own answers stand in the place of train."""
    return _is_answers(data.train, data)


def measures_by_answers(data: DataConfig) -> bool:
    """Whether the teachers' own answers stand in the place of dev."""
    return _is_answers(data.dev, data)


def _is_answers(file: str | None, data: DataConfig) -> bool:
    return file is not None and data.targets is not None and Path(file).parent == Path(data.targets)


def with_student_defaults(config: RunConfig) -> RunConfig:
    """Return a configuration with what its rung's students have where nothing else was said."""
    from dataclasses import replace

    model = config.model
    usual = {name: value for name, value in config.rung.taught.items() if name not in model.model_fields_set}
    return replace(config, model=model.model_copy(update=usual))


def student_config(config: RunConfig) -> RunConfig:
    """Return the configuration by which a student's run reads its files.

    The teachers' own answers are written in one way, and in labels that are mapped. Where they stand in the
    place of gold, what is said of reading is of the texts alone: who mapped labels again would make others.

    Raises:
        ConfigError: dev or test are someone else's, and the answers cannot be read as these are.
    """
    from dataclasses import replace

    from onoma.training.config import READING_SETTINGS

    data = config.data
    if not learns_from_answers(data):
        return config
    usual = type(data)(train=data.train)
    files = (name for option, name in READING_SETTINGS.items() if option not in _OF_TRAINING)
    said = {name: default for name in files if getattr(data, name) != (default := getattr(usual, name))}
    foreign = [file for file in (data.dev, data.test) if file and not _is_answers(file, data)]
    if not foreign:
        return replace(config, data=data.model_copy(update=said))
    names = data.read_options().labels.names
    twice = any(new in names and names[new] != new for new in names.values())
    if twice or said.keys() & {"format", "encoding"}:
        how = "the map would rename labels a second time" if twice else "they are spans-jsonl in utf-8"
        raise ConfigError(
            f"{foreign[0]}: cannot be read like the teachers' own answers, which are train here: {how}; "
            "convert it with onoma convert before, or give --train"
        )
    return config


def plan_lessons(
    config: RunConfig,
    teachers: Sequence[str],
    texts: Sequence[str],
    *,
    text_format: str | None = None,
    max_words: int = 0,
    confidence: float = 1.0,
) -> Lessons:
    """Return what is to be asked of whom for a student.

    Args:
        config: of the student's run, which names the folder of targets.
        teachers: their places.
        texts: files.
        text_format: of the texts.
        max_words: of them, 0 for all.
        confidence: of teachers that do not say how sure they are.

    Raises:
        ConfigError: there is no teacher or text, a number out of range, or the student cannot be taught.
        DataError: the gold data cannot be read.
    """
    from dataclasses import replace

    from onoma.readers import read_corpus
    from onoma.tasks import get_task
    from onoma.teachers.form import form_for
    from onoma.tokenize import get_tokenizer
    from onoma.training.distillation.teaching import Lessons
    from onoma.training.distillation.texts import Texts

    if not teachers or not texts:
        raise ConfigError("name a teacher, and with --text what it is to be asked about")
    if max_words < 0:
        raise ConfigError(f"--max-words {max_words}: is a number of words, 0 for all")
    if not 0 < confidence <= 1:
        raise ConfigError(f"--confidence {confidence:g}: lies above 0 and is 1 at most")
    data = config.data
    own = learns_from_answers(data)
    tasks = [get_task(name) for name in config.model.task_names()]
    form = form_for(tasks, config.model, with_gold=not own and data.targets_share < 1)
    options = data.read_options()
    gold = None if own else read_corpus(data.train, options).entity_labels
    raw = replace(options, format=text_format, gold=False)
    return Lessons(
        tuple(teachers),
        Texts(tuple(texts), raw, get_tokenizer(data.tokenizer), max_words),
        options.labels,
        gold,
        confidence,
        form=form.name,
        held_out=HELD_OUT if own and measures_by_answers(data) else 0.0,
        threads=config.training.threads,
    )


def distill_run(
    config: RunConfig,
    lessons: Lessons,
    out: Path,
    *,
    resume: bool = False,
    watch: Watch = unwatched,
    go_on: str = SAME_CALL,
) -> Finished | None:
    """Ask the teachers, then train the student.

    Args:
        config: of the student's run.
        lessons: from `plan_lessons`.
        out: folder of the run.
        resume: go on with what is there.
        watch: sees what happens.
        go_on: how to go on after a stop, in words.

    Returns:
        What came of the run; None where it was finished before.

    Raises:
        OnomaError: teachers, texts, data, settings or folders cannot be used.
        StoppedError: SIGTERM or Ctrl-C; the same call with ``resume=True`` goes on.
    """
    from onoma.training.agreement import check_agreement
    from onoma.training.folder import claim_folder, is_begun, is_finished, stored_config

    config, targets = student_config(with_student_defaults(config)), Path(str(config.data.targets))
    if targets.resolve().is_relative_to(out.resolve()):
        raise ConfigError(
            f"{targets}: lies in the run {out}: targets have a folder of their own; name another"
        )
    stored = stored_config(out) if resume else None
    if stored is not None:
        check_agreement(stored.as_dict(), config.as_dict())
    if stored is None or not is_finished(out):
        claim_folder(out, resume=resume).release()  # what is someone else's is refused before all work
        with suppress(OSError):
            out.rmdir()  # the teachers' work may end without a run
    make_targets(lessons, targets, resume=resume, watch=watch, go_on=go_on)
    if stored is not None and is_finished(out):
        return None
    return train_run(config, out, resume=resume and is_begun(out), watch=watch, go_on=go_on)
