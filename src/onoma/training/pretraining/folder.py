"""The folder of a pretrained encoder: what Hugging Face's libraries read, and how it was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.errors import DataError, OutputError
from onoma.files import atomic_path, write_json, write_text
from onoma.files.locks import LOCK, FolderLock, claim, is_debris, remove_debris

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from onoma.training.pretraining.network import MaskedLanguageModel

RECORD = "pretraining.json"
"""Settings, data and history; written first, and with ``"finished": true`` last."""
CHECKPOINTS = "checkpoints"
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt"),
)


def read_record(folder: Path) -> dict[str, Any] | None:
    """Return what a pretraining in this folder has written about itself, None where there is none.

    Raises:
        OutputError: the folder holds something else.
    """
    path = folder / RECORD
    if not path.exists():
        if folder.exists() and (not folder.is_dir() or _is_used(folder)):
            raise OutputError(f"{folder}: is not empty; name another folder, or remove it")
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(record["config"], dict)
        return dict(record)
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        raise OutputError(f"{path}: cannot be read: not the record of a pretraining") from None


def _is_used(folder: Path) -> bool:
    return any(path.name != LOCK and not is_debris(path) for path in folder.iterdir())


def claim_encoder_folder(folder: Path, *, resume: bool) -> FolderLock:
    """Make and lock the folder; of a pretraining to be resumed, remove what was left half-written.

    Raises:
        OutputError: it holds something else, an encoder, or a pretraining that is not to be resumed; or it
            cannot be written, or is another process's.
    """

    def check() -> None:
        past = read_record(folder)
        if past is not None and not resume:
            raise OutputError(
                f"{folder}: holds an encoder, or one begun; add --resume, or name another folder"
            )
        if past is not None and past.get("finished"):
            raise OutputError(f"{folder}: this encoder is finished, there is nothing to resume")
        remove_debris(folder)

    read_record(folder)  # what is someone else's is not even locked
    return claim(folder, check)


def write_record(folder: Path, record: dict[str, Any]) -> None:
    """Write ``pretraining.json`` atomically."""
    write_json(folder / RECORD, record)


def write_tokenizer(folder: Path, tokenizer: Tokenizer, *, lowercase: bool) -> None:
    """Write the three files of BERT's tokenizers, each of which says it all to one kind of reader."""
    from tokenizers import processors

    begin, end = ((name, int(tokenizer.token_to_id(name) or 0)) for name in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.BertProcessing(end, begin)
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    write_text(folder / "tokenizer.json", tokenizer.to_str(pretty=True))
    write_text(folder / "vocab.txt", "".join(f"{piece}\n" for piece, _ in pieces))
    config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lowercase,
        "strip_accents": False,
        "model_max_length": 512,
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "mask_token": "[MASK]",
    }
    write_json(folder / "tokenizer_config.json", config)


def copy_tokenizer(source: Path, folder: Path, tokenizer: Tokenizer) -> None:
    """Copy the tokenizer's files of an encoder as they are; ``tokenizer.json`` is added where it has none.

    Raises:
        OutputError: the folder cannot be written.
        DataError: a file cannot be read.
    """
    for name in TOKENIZER_FILES:
        path = source / name
        if not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", code="unreadable", path=path) from None
        with atomic_path(folder / name) as part:
            part.write_bytes(content)
    if not (source / "tokenizer.json").is_file():
        write_text(folder / "tokenizer.json", tokenizer.to_str(pretty=True))


def write_encoder(folder: Path, network: MaskedLanguageModel) -> None:
    """Write ``model.safetensors`` and ``config.json``, with the language-model head."""
    from safetensors.torch import save_file

    model = network.model
    tensors = {}
    places: set[int] = set()
    for name, value in model.state_dict().items():
        if value.data_ptr() in places:
            continue  # the output layer shares its weights with the embeddings
        places.add(value.data_ptr())
        tensors[name] = value.detach().cpu().contiguous().clone()
    with atomic_path(folder / "model.safetensors") as part:
        save_file(tensors, part, metadata={"format": "pt"})
    described = model.config.to_dict() | {"architectures": [type(model).__name__]}
    for name in ("dtype", "torch_dtype"):  # of the source; what is written is fp32
        described.pop(name, None)
    write_text(folder / "config.json", json.dumps(described, indent=1, sort_keys=True) + "\n")
