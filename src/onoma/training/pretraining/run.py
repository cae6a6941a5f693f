"""Pretraining from raw text to an encoder's folder; it can be killed and resumed at any moment."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import onoma
from onoma.errors import ConfigError, ModelError, OutputError
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_wordpiece
from onoma.features.tokenizers import load_tokenizer
from onoma.features.words import WordFeatures
from onoma.models.encoder_folder import find_encoder, load_encoder_tokenizer
from onoma.training.checkpoints import Cadence, CheckpointStore
from onoma.training.config import TrainingConfig
from onoma.training.environment import peak_memory_mb
from onoma.training.folder import remove_checkpoints
from onoma.training.lock import FolderLock
from onoma.training.precision import autocast, pick_device, pick_precision, set_threads
from onoma.training.pretraining.config import SIZES, PretrainingConfig
from onoma.training.pretraining.corpus import Blocks, count_words, read_blocks
from onoma.training.pretraining.folder import (
    CHECKPOINTS,
    read_record,
    write_encoder,
    write_record,
    write_tokenizer,
)
from onoma.training.pretraining.masking import mask_words
from onoma.training.pretraining.network import make_network, make_optimizer
from onoma.training.resume import fingerprint

_HELD_OUT_BLOCKS = 512
"""Blocks of the held-out part that perplexity is measured on at most."""


@dataclass(frozen=True, slots=True)
class Update:
    """One update: which of how many, its loss, and pieces a second since the start."""

    step: int
    num_steps: int
    loss: float
    pieces_per_second: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of the history: mean training loss since the last row, and the held-out part's perplexity."""

    step: int
    pieces: int
    train_loss: float
    perplexity: float
    seconds: float


class Pretraining:
    """A pretraining in preparation.

    Args:
        texts: raw text, a paragraph a line.
        encoding: of the texts.
        config: how.
        folder: where the encoder goes; empty or new, unless ``resume``.
        say: is told what happens, in plain lines.
        report: is told the words read so far.
        resume: go on from the newest usable checkpoint.

    Raises:
        OutputError: the folder is in use, or there is nothing to resume.
        ConfigError: settings or data differ from those of the run to be resumed.
        DataError: the text cannot be read or is too little.
        ModelError: the encoder to go on with cannot be used.
        MissingExtraError: transformers is not installed.
    """

    def __init__(
        self,
        texts: Sequence[str],
        encoding: str,
        config: PretrainingConfig,
        folder: Path,
        say: Callable[[str], None],
        report: Callable[[int], None],
        *,
        resume: bool = False,
    ) -> None:
        self.config = config
        self.folder = folder
        self.say = say
        self.stopping = False
        record = read_record(folder)
        if record is not None and not resume:
            raise OutputError(
                f"{folder}: holds an encoder, or one begun; add --resume, or name another folder"
            )
        if record is not None and record.get("finished"):
            raise OutputError(f"{folder}: this encoder is finished, there is nothing to resume")
        files = {text: fingerprint(Path(text)) for text in texts if text != "-"}
        self.record: dict[str, Any] = {
            "finished": False,
            "config": config.model_dump(),
            "texts": files,
            "onoma": onoma.__version__,
            "history": [],
        }
        if record is not None:
            _check_same(record, self.record)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
        except OSError as error:
            raise OutputError(f"{folder}: cannot write here: {error.strerror}") from None
        if record is None:
            write_record(folder, self.record)
        tokenizer = self._tokenizer(texts, encoding, report)
        self.pieces = PieceFeatures(
            WordFeatures.fit([], lowercase=False, min_count=1, characters=False), tokenizer
        )
        if self.pieces.mask_id is None:
            raise ModelError(f"{config.source}: its tokenizer has no mask piece")
        self.train, self.held_out = read_blocks(
            texts, encoding, tokenizer, config.block, config.held_out, config.seed, report
        )
        say(
            f"{self.train.pieces.size:,} pieces to learn from in blocks of {config.block}, "
            f"{self.held_out.pieces.size:,} held out; {self.pieces.num_pieces:,} different ones"
        )
        settings = TrainingConfig(
            precision=config.precision, device=config.device, threads=config.threads, seed=config.seed
        )
        self.threads = set_threads(settings)
        self.device = pick_device(settings)
        self.precision = pick_precision(settings, self.device)
        torch.manual_seed(config.seed)
        self.network = make_network(config, self.pieces.num_pieces, self.pieces.pad_id).to(self.device)
        num_parameters = sum(one.numel() for one in self.network.parameters())
        say(f"{num_parameters:,} parameters; {self.threads} threads, {self.device}, {self.precision}")
        self.optimizer = make_optimizer(self.network, config)
        self.steps_an_epoch = -(-len(self.train) // config.batch_size)
        self.num_steps = config.steps or config.epochs * self.steps_an_epoch
        self.step = 0
        self.seconds = 0.0
        self._loss = 0.0
        self._losses = 0
        self._store = CheckpointStore(folder / CHECKPOINTS, say)
        if resume:
            self._take_up()

    def _tokenizer(self, texts: Sequence[str], encoding: str, report: Callable[[int], None]) -> Any:
        """The source's tokenizer, the one of the run that is resumed, or a new one."""
        if self.config.source is not None:
            tokenizer = load_encoder_tokenizer(find_encoder(self.config.source), None)
        elif (self.folder / "tokenizer.json").exists():
            return load_tokenizer(self.folder / "tokenizer.json")
        else:
            counts = count_words(texts, encoding, report)
            self.say(f"learning pieces from {len(counts):,} different words")
            size = self.config.pieces or SIZES[self.config.size].pieces
            tokenizer = train_wordpiece(counts, size, lowercase=self.config.lowercase)
        write_tokenizer(self.folder, tokenizer, lowercase=self.config.lowercase)
        return tokenizer

    def stop(self) -> None:
        """Ask for an end: the present update is finished, and its state saved."""
        self.stopping = True

    def execute(self) -> Iterator[Update | Measured]:
        """Train and write; yields what happens. When ``stopping`` it ends early, saved."""
        cadence = Cadence(self.config.checkpoint_minutes, 0)
        every = max(1, self.num_steps // self.config.evaluations)
        self.network.train()
        pieces = self.config.batch_size * self.config.block
        first = self.step
        started = time.perf_counter() - self.seconds
        while self.step < self.num_steps and not self.stopping:
            began = self.seconds
            loss = self._update()
            self.step += 1
            self.seconds = time.perf_counter() - started
            self._loss, self._losses = self._loss + loss, self._losses + 1
            yield Update(self.step, self.num_steps, loss, pieces / max(1e-9, self.seconds - began))
            if self.step % every == 0 or self.step == self.num_steps:
                row = Measured(
                    self.step,
                    self.step * pieces,
                    self._loss / self._losses,
                    self.perplexity(),
                    time.perf_counter() - started,
                )
                self._loss, self._losses = 0.0, 0
                self.record["history"].append(asdict(row))
                yield row
            if self.stopping or cadence.due(self.step, epoch_ended=False, finished=False):
                with cadence.saving():
                    self._save()
        if self.stopping:
            if self.step == first:
                self._save()
            return
        self._finish()

    def _update(self) -> float:
        config = self.config
        epoch, place = divmod(self.step, self.steps_an_epoch)
        order = np.random.default_rng((config.seed, 2, epoch)).permutation(len(self.train))
        rows = order[place * config.batch_size : (place + 1) * config.batch_size]
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * self._factor()
        loss = self._loss_of(self.train, rows, (config.seed, 3, self.step))
        value = loss.item()
        if not math.isfinite(value):
            raise ModelError(f"the loss is not a number in step {self.step + 1}: lower --learning-rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if config.clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.optimizer.step()
        return value

    def _factor(self) -> float:
        """Share of the learning rate: a rise, then a fall to zero."""
        rise = max(1, int(self.config.warmup * self.num_steps))
        if self.step < rise:
            return (self.step + 1) / rise
        return (self.num_steps - self.step) / max(1, self.num_steps - rise)

    def _loss_of(self, blocks: Blocks, rows: Any, seed: tuple[int, ...]) -> torch.Tensor:
        assert self.pieces.mask_id is not None
        masked = mask_words(
            blocks, rows, self.config.masked, self.pieces.mask_id, self.pieces.num_pieces, seed
        )
        tensors = [torch.from_numpy(array).to(self.device) for array in masked]
        with autocast(self.precision, self.device):
            loss: torch.Tensor = self.network.loss(*tensors)
        return loss

    @torch.inference_mode()
    def perplexity(self) -> float:
        """Exponential of the mean loss a hidden piece over the held-out part, always with the same masks."""
        self.network.eval()
        total = weight = 0.0
        rows = np.arange(min(len(self.held_out), _HELD_OUT_BLOCKS))
        for part in np.array_split(rows, -(-len(rows) // self.config.batch_size)):
            loss = self._loss_of(self.held_out, part, (self.config.seed, 4, int(part[0]))).item()
            total, weight = total + loss * len(part), weight + len(part)
        self.network.train()
        return math.exp(min(total / weight, 700.0))

    def _save(self) -> None:
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "loss": [self._loss, self._losses],
            "history": self.record["history"],
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        self._store.save(1, self.step, state)

    def _take_up(self) -> None:
        state = self._store.newest()
        if state is None:
            self.say(f"{self.folder}: no usable checkpoint, so the run starts from the beginning")
            return
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self._loss, self._losses = state["loss"]
        self.record["history"] = state["history"]
        self.say(f"resuming after step {self.step}")

    def _finish(self) -> None:
        write_encoder(self.folder, self.network)
        self.record |= {"finished": True, "seconds": self.seconds, "peak_memory_mb": peak_memory_mb()}
        write_record(self.folder, self.record)
        remove_checkpoints(self.folder / CHECKPOINTS)
        self._lock.release()


def _check_same(then: dict[str, Any], now: dict[str, Any]) -> None:
    for name, value in now["config"].items():
        if then["config"].get(name) != value:
            raise ConfigError(
                f"{name}: the pretraining was started with {then['config'].get(name)}, not {value}; "
                "a resumed one keeps its settings"
            )
    if then["texts"] != now["texts"]:
        raise ConfigError("the texts are not those that the pretraining was started with")
