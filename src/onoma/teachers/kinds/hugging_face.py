"""Hugging Face folders of token classification: any encoder with a layer of tags on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.decode.candidates import span_candidates
from onoma.decode.segments import segment_marginals
from onoma.decode.transitions import Floats, Transitions, zero_transitions
from onoma.errors import ModelError, excerpt
from onoma.extras import require
from onoma.models.encoder_folder import read_encoder_config
from onoma.tags import Scheme, get_scheme, labels_of_tags
from onoma.tags.spelling import find_spelling
from onoma.teachers.base import SoftTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.digests import folder_digest
from onoma.teachers.spans import TaughtSpan
from onoma.teachers.tables import FLOOR
from onoma.text import Document

_BATCH = 32
_MOST_PIECES = 512

Range = tuple[int, int, int]
"""(document, first token, token after the last)."""

Chain = tuple[Floats, npt.NDArray[np.integer], Transitions]
"""(emissions, lengths, transitions)."""


class HuggingFaceTeacher(SoftTeacher):
    """A network that scores tags; a word's are those of its first piece.

    Tags are read as conlleval reads them, whether the model keeps to a scheme or not. A word without a piece
    (a lone control character) is no entity, and counted.
    """

    def __init__(self, place: str, options: TeacherOptions) -> None:
        self._folder = Path(place)
        self._tokenizer, self._network = _load(self._folder)
        if options.threads:
            import torch

            torch.set_num_threads(options.threads)
        self._tags = tags_of(self._network.config.id2label, self._folder)
        self._scheme = scheme_of(self._tags)
        super().__init__(place, labels_of_tags(self._tags), options)

    @property
    def digest(self) -> str:
        """That of the folder's files."""
        return folder_digest(self._folder)

    def own_marginals(self, documents: Sequence[Document]) -> list[Floats]:
        """Return the marginals of independent tags."""
        width = 1 + 4 * len(labels_of_tags(self._tags))
        found = [np.zeros((len(document.tokens), width), np.float32) for document in documents]
        for batch, chain in self._scored(documents):
            marginals = segment_marginals(*chain, self._tags, self._scheme)
            for row, (number, first, end) in enumerate(batch):
                found[number][first:end] = marginals[row, : end - first]
        return found

    def own_spans(self, documents: Sequence[Document]) -> list[list[TaughtSpan]]:
        """Return the probabilities of entities under independent tags."""
        found: list[list[TaughtSpan]] = [[] for _ in documents]
        for batch, chain in self._scored(documents):
            for row, start, end, label, score in span_candidates(*chain, self._tags, self._scheme, FLOOR):
                number, base, _ = batch[row]
                found[number].append((base + start, base + end, label, score or 0.0))
        return found

    def _scored(self, documents: Sequence[Document]) -> Iterator[tuple[list[Range], Chain]]:
        """Yield parts of texts, some at a time, with the scores of their tags."""
        pieces = sorted(self._ranges(documents), key=lambda one: one[1] - one[2])
        for start in range(0, len(pieces), _BATCH):
            batch = pieces[start : start + _BATCH]
            words = [documents[number].words[first:end] for number, first, end in batch]
            lengths = np.array([len(one) for one in words])
            yield batch, (self._scores(words), lengths, zero_transitions(len(self._tags)))

    def _ranges(self, documents: Sequence[Document]) -> Iterator[Range]:
        """Yield sentences; of one that is too long for the network parts, as long as they can be."""
        limit = min(_MOST_PIECES, int(self._tokenizer.model_max_length)) - 8
        for number, document in enumerate(documents):
            for first, end in document.sentences:
                if first == end:
                    continue
                sizes = [
                    max(1, len(ids))
                    for ids in self._tokenizer(document.words[first:end], add_special_tokens=False).input_ids
                ]
                start = total = 0
                for place, size in enumerate(sizes):
                    if total + size > limit and place > start:
                        self.notes["sentence cut in parts"] += 1
                        yield number, first + start, first + place
                        start, total = place, 0
                    total += size
                yield number, first + start, end

    def _scores(self, sentences: Sequence[Sequence[str]]) -> Floats:
        """Return the logarithms of the tags' probabilities. [B, T, K]"""
        import torch

        given = self._tokenizer(
            [list(words) for words in sentences],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=min(_MOST_PIECES, int(self._tokenizer.model_max_length)),
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = self._network(**given).logits.float().log_softmax(dim=-1).numpy()  # [B, U, K]
        outside = self._tags.index("O")
        found = np.full((len(sentences), max(map(len, sentences)), len(self._tags)), -30, np.float32)
        found[:, :, outside] = 0
        for row, words in enumerate(sentences):
            first_pieces: dict[int, int] = {}
            for piece, word in enumerate(given.word_ids(row)):
                if word is not None:
                    first_pieces.setdefault(word, piece)
            for word, piece in first_pieces.items():
                found[row, word] = logits[row, piece]
            if len(first_pieces) < len(words):
                self.notes["word without pieces"] += len(words) - len(first_pieces)
        return found


def tags_of(names: Any, folder: Path) -> list[str]:
    """Return the tags of a model, in the order of its outputs and in our spelling.

    Labels without a prefix (``PER``) are taken as tags of IO.

    Raises:
        ModelError: there is no tag for what is no entity, or two are the same.
    """
    given = [str(names[key]) for key in sorted(names, key=int)]
    spelling = find_spelling(given)
    tags = [spelling(tag) for tag in given]
    if "O" not in tags:
        shown = excerpt(", ".join(given))
        raise ModelError(f"{folder}: has no tag O among its labels ({shown}): not a recogniser of entities")
    if not all(tag == "O" or (tag[0] in "BIESLU" and tag[1:2] == "-") for tag in tags):
        tags = [tag if tag == "O" else f"I-{tag}" for tag in given]
    if len(set(tags)) < len(tags):
        raise ModelError(f"{folder}: two of its labels are the same tag")
    return tags


def scheme_of(tags: Sequence[str]) -> Scheme:
    """Return the scheme that tags are read in: by the prefixes that there are."""
    prefixes = {tag[0] for tag in tags if tag != "O"}
    if prefixes & {"L", "U"}:
        return get_scheme("BILOU")
    if prefixes & {"E", "S"}:
        return get_scheme("BIOES")
    return get_scheme("BIO" if "B" in prefixes else "IO")


def _load(folder: Path) -> tuple[Any, Any]:
    require("train", "bert")
    from onoma.nn.pretrained import quiet_library

    read_encoder_config(folder)  # refuses pickles
    with quiet_library():
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        safe = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, **safe)
            network = AutoModelForTokenClassification.from_pretrained(folder, use_safetensors=True, **safe)
        except Exception as error:  # each model has its own ways of objecting
            raise ModelError(f"{folder}: cannot be loaded: {excerpt(str(error), 200)}") from None
    if not tokenizer.is_fast:
        raise ModelError(f"{folder}: has no tokenizer.json, by which words and pieces are brought together")
    return tokenizer, network.eval()


def _matches(path: Path) -> bool:
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    names = config.get("architectures") if isinstance(config, dict) else None
    return isinstance(names, list) and any(str(name).endswith("ForTokenClassification") for name in names)


def _open(place: str, options: TeacherOptions) -> Teacher:
    return HuggingFaceTeacher(place, options)


TEACHER = TeacherKind("hf", "a Hugging Face folder of token classification (onoma[bert])", _matches, _open)
