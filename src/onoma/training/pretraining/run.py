"""Pretraining from raw text to an encoder's folder; it can be killed and resumed at any moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import onoma
from onoma.errors import ConfigError, DataError, ModelError
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_wordpiece
from onoma.features.tokenizers import load_tokenizer
from onoma.features.words import WordFeatures
from onoma.files.locks import FolderLock
from onoma.models.encoder_folder import find_encoder, load_encoder_tokenizer
from onoma.readers import RawText
from onoma.runtime.memory import peak_memory_mb
from onoma.training.agreement import CHANGE_NOTHING
from onoma.training.config import TrainingConfig
from onoma.training.denormals import denormals_flushed
from onoma.training.environment import describe_environment
from onoma.training.events import Measured, Pretrained, Stopped, Update
from onoma.training.fingerprints import fingerprint
from onoma.training.folder import remove_checkpoints
from onoma.training.jobs.checkpoints import Cadence, CheckpointStore
from onoma.training.jobs.job import Job
from onoma.training.precision import pick_device, pick_precision, set_threads
from onoma.training.pretraining.beginning import piece_vectors
from onoma.training.pretraining.config import SIZES, PretrainingConfig
from onoma.training.pretraining.corpus import Words, make_blocks, read_words
from onoma.training.pretraining.folder import (
    CHECKPOINTS,
    claim_encoder_folder,
    copy_tokenizer,
    read_record,
    write_encoder,
    write_record,
    write_tokenizer,
)
from onoma.training.pretraining.loop import Pretrainer
from onoma.training.pretraining.network import SpecialIds, attention_for, library_version, make_network
from onoma.training.processes.world import World
from onoma.training.resume import warn_of_processes
from onoma.training.vectors import import_gensim

if TYPE_CHECKING:
    from tokenizers import Tokenizer


_LOG = logging.getLogger(__name__)

Event = Update | Measured


class Pretraining(Job[Event, Pretrained]):
    """A pretraining in preparation: the text is read, and the folder says what begins there.

    Args:
        texts: what to learn from.
        config: how.
        folder: where the encoder goes; empty or new, unless ``resume``.
        report: is told the words read so far.
        resume: go on from the newest usable checkpoint.
        world: the processes that train together; the first one's has the folder.

    Raises:
        OutputError: the folder is in use, or there is nothing to resume.
        ConfigError: settings or data differ from those of the run to be resumed.
        DataError: the text cannot be read or is too little.
        ModelError: the encoder to go on with cannot be used.
        MissingExtraError: transformers is not installed.
    """

    def __init__(
        self,
        texts: RawText,
        config: PretrainingConfig,
        folder: Path,
        report: Callable[[int], None] = lambda words: None,
        *,
        resume: bool = False,
        world: World | None = None,
    ) -> None:
        self.config = config
        self.resume = resume
        self.world = world or World()
        if self.world.size > 1 and "-" in texts.files:
            raise ConfigError("several processes cannot share standard input: name files")
        self._texts, self._report = texts, report
        self._transformers = library_version()  # the text is long to read: what is missing is said before
        if config.begins_from_vectors:
            import_gensim()
        files = {text: fingerprint(Path(text)) for text in texts.files if text != "-"}
        self.record: dict[str, Any] = {"finished": False, "config": config.model_dump(), "texts": files}
        super().__init__(folder)

    def _claim(self) -> FolderLock | None:
        return claim_encoder_folder(self.folder, resume=self.resume) if self.world.leads else None

    def _prepare(self) -> None:
        self.world.agree({"version": onoma.__version__, **self.record["config"], **self.record["texts"]})
        past = self.world.lead(lambda: read_record(self.folder))
        if past is not None:
            _check_same(past, self.record)
        config = self.config
        memory = config.memory_mb << 20
        words = read_words(
            self._texts, config.held_out, config.seed, self._report, memory=memory, folder=self.folder
        )
        if words.folder is not None:
            _LOG.info("the text is more than --memory-mb allows, and is read from the disk")
        self.record["words"] = words.fingerprint()
        if past is not None and past.get("words") != self.record["words"]:
            raise ConfigError("the text is not the one that the pretraining was started with")
        self.trainer = self._make_trainer(words)
        self.record["environment"] = describe_environment(
            processes=self.world.size,
            transformers=self._transformers,
            threads=torch.get_num_threads(),
            device=str(self.trainer.device),
            precision=self.trainer.precision,
        )
        self._store = CheckpointStore(self.folder / CHECKPOINTS)
        if past is None or not self._take_up(past):
            self._begin()
        if self.world.leads:
            self._write_beginning()

    def _make_trainer(self, words: Words) -> Pretrainer:
        config = self.config
        self._tokenizer, self._source = self.world.lead(lambda: self._make_tokenizer(words))
        # The tokenizer as it is written; features change their own.
        features = _features(self._tokenizer, self._source)
        train, held_out = make_blocks(words, features, config.block)
        _LOG.info(
            f"{train.pieces.size:,} pieces to learn from in blocks of {config.block}, "
            f"{held_out.pieces.size:,} held out; {features.num_pieces:,} different ones"
        )
        settings = TrainingConfig(
            precision=config.precision, device=config.device, threads=config.threads, seed=config.seed
        )
        threads, device = set_threads(settings, self.world), pick_device(settings, self.world)
        precision = pick_precision(settings, device)
        torch.manual_seed(config.seed)
        attention = attention_for(precision, device)
        begin, end = train.specials
        special = SpecialIds(features.pad_id, begin, end)
        network = make_network(config, features.num_pieces, special, attention).to(device)
        num_parameters = sum(one.numel() for one in network.parameters())
        _LOG.info(f"{num_parameters:,} parameters; {threads} threads, {device}, {precision}")
        assert features.mask_id is not None, "it was looked for when the features were made"
        self._num_pieces = features.num_pieces
        return Pretrainer(
            network,
            train,
            held_out,
            config,
            mask_id=features.mask_id,
            num_pieces=features.num_pieces,
            precision=precision,
            device=device,
            stopping=lambda: self.stopping,
            world=self.world,
        )

    def _make_tokenizer(self, words: Words) -> tuple[Tokenizer, Path | None]:
        """The source's tokenizer, the one of the run that is resumed, or a new one; and the source."""
        if self.config.source is not None:
            source = find_encoder(self.config.source)
            return load_encoder_tokenizer(source, None), source
        if (self.folder / "tokenizer.json").exists():
            return load_tokenizer(self.folder / "tokenizer.json"), None
        counts = words.counts()
        _LOG.info(f"learning pieces from {len(counts):,} different words")
        size = self.config.pieces or SIZES[self.config.size].pieces
        return train_wordpiece(counts, size, lowercase=self.config.lowercase), None

    def _write_beginning(self) -> None:
        """The record first: it says that a pretraining began here. All of it again where one goes on."""
        self._write_record()
        if self._source is not None:
            copy_tokenizer(self._source, self.folder, self._tokenizer)
        else:
            write_tokenizer(self.folder, self._tokenizer, lowercase=self.config.lowercase)

    def _work(self) -> Iterator[Event | Pretrained | Stopped]:
        cadence = Cadence(self.config.checkpoint_minutes, 0)
        with denormals_flushed(), self._saving_on_stop():
            for event in self.trainer.events():
                yield event
                stops = self.world.stops(self.stopping)
                if stops or cadence.due(self.trainer.step, epoch_ended=False, finished=False):
                    with cadence.saving():
                        self._save()
                if stops:
                    yield Stopped(f"after step {self.trainer.step}")
                    return
            self.world.lead(self._finish)
        yield Pretrained(self.folder, self.trainer.history)

    def _save(self) -> None:
        if self.world.leads:
            self._store.save(1, self.trainer.step, self.trainer.state())

    def _begin(self) -> None:
        config, trainer = self.config, self.trainer
        if config.begins_from_vectors and self.world.leads:
            _LOG.info("learning vectors of the pieces to begin with")
            width = SIZES[config.size].width
            trainer.network.begin_from(piece_vectors(trainer.train, self._num_pieces, width, config.seed))

    def _take_up(self, past: dict[str, Any]) -> bool:
        state = self.world.lead(self._store.newest)
        if state is None:
            _LOG.warning(f"{self.folder}: no usable checkpoint, so the run starts from the beginning")
            return False
        self.trainer.load_state(state)
        _LOG.info(f"resuming after step {self.trainer.step:,}")
        warn_of_processes(past.get("environment", {}).get("processes", 1), self.world.size)
        if self.config.minutes:
            _LOG.info("with --minutes a run that was stopped does not end in the same weights")
        return True

    def _write_record(self, **more: object) -> None:
        self.record |= {"history": self.trainer.history, **more}
        write_record(self.folder, self.record)

    def _finish(self) -> None:
        write_encoder(self.folder, self.trainer.network)
        self._write_record(finished=True, seconds=self.trainer.seconds, peak_memory_mb=peak_memory_mb())
        remove_checkpoints(self.folder / CHECKPOINTS)


def _features(tokenizer: Tokenizer, source: Path | None) -> PieceFeatures:
    from tokenizers import Tokenizer

    try:
        features = PieceFeatures(
            WordFeatures.fit([], lowercase=False, min_count=1, characters=False),
            Tokenizer.from_str(tokenizer.to_str()),
        )
    except ValueError as error:
        raise DataError(str(error), code="bad-tokenizer", path=source) from None
    if features.mask_id is None:
        raise ModelError(f"{source}: its tokenizer has no mask piece")
    return features


def _check_same(then: dict[str, Any], now: dict[str, Any]) -> None:
    for name, value in now["config"].items():
        # What older versions were not asked has a default that means what they did.
        before = then["config"].get(name, PretrainingConfig.model_fields[name].default)
        if before != value and not any(name in names for names in CHANGE_NOTHING.values()):
            raise ConfigError(
                f"{name}: the pretraining was started with {before}, not {value}; "
                "a resumed one keeps its settings"
            )
    if then.get("texts") != now["texts"]:
        raise ConfigError("the texts are not those that the pretraining was started with")
