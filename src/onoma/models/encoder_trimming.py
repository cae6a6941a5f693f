"""Cutting a pretrained encoder down to the word pieces that texts use.

Of a multilingual encoder the embeddings are most of the weights (250,000 pieces of 384 are 96 M, where 12
layers are 21 M), and a corpus in one language uses a tenth of them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.errors import DataError, ModelError
from onoma.features.tokenizer_trimming import close, pieces_of, trim_state
from onoma.features.tokenizers import guarded, needs_space, parse_tokenizer
from onoma.files.atomic import atomic_folder, write_text
from onoma.models.encoder_folder import load_encoder_tokenizer, read_encoder_config
from onoma.models.piece_counts import count_pieces, cut_words

if TYPE_CHECKING:
    from torch import Tensor

_TABLES = ("embed", "wte", "lm_head", "decoder", "predictions", "generator")
"""In the names of weights that have a row, or a number, a piece."""

_BESIDE = ("special_tokens_map.json", "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md")

_FAR = 1_000
"""RoBERTa and its kind count positions from the number of the padding piece, which therefore has to stay.
It is among the first, and all before it are kept."""


@dataclass(frozen=True)
class Trimmed:
    """What became of an encoder.

    Args:
        pieces: that are kept.
        pieces_before: that there were.
        parameters: weights that are kept.
        parameters_before: weights that there were.
        words: distinct ones of the texts.
        words_as_before: those of them that are cut into the same pieces as before.
    """

    pieces: int
    pieces_before: int
    parameters: int
    parameters_before: int
    words: int
    words_as_before: int


def trim_encoder(
    folder: Path, lines: Iterable[str], out: Path, *, min_count: int = 1, cased: bool | None = None
) -> Trimmed:
    """Write an encoder that has only the pieces that texts use.

    Words of which all pieces are kept are cut, and read, as before. Single letters of the Latin, Greek and
    Cyrillic alphabets are kept, so that other words fall into shorter pieces and not into unknown ones.

    Args:
        folder: of a Hugging Face encoder with safetensors.
        lines: of the texts.
        out: new folder.
        min_count: a piece has to be used so often.
        cased: for a bare ``vocab.txt`` that does not say it.

    Raises:
        ModelError: the folder is no encoder, or its weights do not fit its tokenizer.
        DataError: a file of it is damaged; the texts are empty.
        OutputError: ``out`` cannot be written.
    """
    config = read_encoder_config(folder)
    tokenizer = load_encoder_tokenizer(folder, cased)
    state = json.loads(guarded(tokenizer.to_str))
    spaced = needs_space(state)
    counts, words = count_pieces(tokenizer, lines, spaced=spaced)
    if not counts:
        raise DataError("the texts hold no word: there is no piece to keep", code="no-words")
    used = [piece for piece, count in counts.items() if count >= min_count]
    kept = close(state, {*used, *_named(config)})
    trimmed = trim_state(state, kept)
    new = parse_tokenizer(json.dumps(trimmed))
    pairs = zip(cut_words(tokenizer, words, spaced=spaced), cut_words(new, words, spaced=spaced), strict=True)
    same = sum(before == [kept[piece] for piece in after] for before, after in pairs)
    with atomic_folder(out) as part:
        parameters = _write_weights(folder, part, kept, _rows(config, folder))
        write_text(part / "tokenizer.json", json.dumps(trimmed, ensure_ascii=False))
        write_text(part / "config.json", json.dumps(_renumber(config, kept), indent=1))
        _copy_beside(folder, part)
    return Trimmed(len(kept), len(pieces_of(state)), *parameters, len(words), same)


def _named(config: dict[str, Any]) -> set[int]:
    """Return the pieces that the configuration names, and those before the padding."""
    named = {
        number
        for name, value in config.items()
        if name.endswith("_token_id")
        for number in (value if isinstance(value, list) else [value])
        if isinstance(number, int) and 0 <= number < config.get("vocab_size", 0)
    }
    padding = config.get("pad_token_id")
    return named | (set(range(padding)) if isinstance(padding, int) and padding < _FAR else set())


def _rows(config: dict[str, Any], folder: Path) -> int:
    rows = config.get("vocab_size")
    if not isinstance(rows, int):
        raise ModelError(f"{folder}: its config.json does not say vocab_size")
    return rows


def _renumber(config: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return the configuration with the new numbers of the pieces that it names."""
    places = {old: new for new, old in enumerate(kept)}

    def new(value: Any) -> Any:
        if isinstance(value, list):
            return [new(one) for one in value]
        return places.get(value, value) if isinstance(value, int) else value

    changed = {name: new(value) for name, value in config.items() if name.endswith("_token_id")}
    return {**config, **changed, "vocab_size": len(kept)}


def _write_weights(folder: Path, out: Path, kept: Sequence[int], rows: int) -> tuple[int, int]:
    """Write the weights with the kept rows of tables of pieces; return how many they are and were."""
    import torch
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import save_file

    index = torch.tensor(kept)
    tensors: dict[str, Tensor] = {}
    before = cut = 0
    try:
        for path in sorted(folder.glob("model*.safetensors")):
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118, not a mapping
                    tensor = file.get_tensor(name)
                    before += tensor.numel()
                    if _is_table(name, tensor, rows):
                        if kept[-1] >= rows:
                            raise ModelError(f"{folder}: the tokenizer has pieces without a row in {name}")
                        tensor = tensor[index]
                        cut += tensor.ndim == 2
                    tensors[name] = tensor.contiguous()
    except (SafetensorError, OSError) as error:
        raise DataError(f"cannot be read: {error}", code="bad-weights", path=folder) from None
    if not cut:
        raise ModelError(f"{folder}: none of its weights has a row for each of {rows} pieces")
    save_file(tensors, out / "model.safetensors", {"format": "pt"})
    return sum(tensor.numel() for tensor in tensors.values()), before


def _is_table(name: str, tensor: Tensor, rows: int) -> bool:
    return tensor.shape[:1] == (rows,) and tensor.ndim <= 2 and any(word in name for word in _TABLES)


def _copy_beside(folder: Path, out: Path) -> None:
    """Copy what says how the encoder is used, and under what licence."""
    for name in _BESIDE:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    settings = folder / "tokenizer_config.json"
    if settings.is_file():
        known = json.loads(settings.read_text(encoding="utf-8"))
        # Has the old numbers; tokenizer.json has the new ones.
        known.pop("added_tokens_decoder", None)
        write_text(out / settings.name, json.dumps(known, indent=1, ensure_ascii=False))
