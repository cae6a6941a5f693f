"""Where a pretrained encoder lies: a folder, or the Hugging Face Hub."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.errors import DataError, MissingExtraError, ModelError, excerpt
from onoma.features.tokenizers import guarded, load_tokenizer, parse_tokenizer
from onoma.models.hub import download

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_FILES = (
    *("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"),
    *("vocab.json", "merges.txt", "*.model", *_WEIGHTS, "model-*.safetensors"),
)


def find_encoder(name: str) -> Path:
    """Return the folder of an encoder; one that is only on the Hub is downloaded, without its code.

    Raises:
        ModelError: there is no such folder, it is not on the Hub, or the Hub cannot be reached.
        MissingExtraError: transformers is not installed.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    if folder.exists() or not _HUB_ID.fullmatch(name) or name.startswith("."):
        raise ModelError(f"{excerpt(name)}: not the folder of an encoder, nor the id of one on the Hub")
    advice = (
        f"nor is there a folder of that name; on a machine that can: hf download {name} --local-dir FOLDER; "
        "then here: --set encoder=FOLDER"
    )
    return download(name, _FILES, needs=("transformers", "bert"), advice=advice)


def read_encoder_config(folder: Path) -> dict[str, Any]:
    """Return ``config.json``, once the folder is known to hold weights that are safe to read.

    Raises:
        ModelError: the folder is not that of an encoder, or its weights are a pickle.
        DataError: ``config.json`` is damaged.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder}: holds no config.json: not the folder of an encoder")
    if not any((folder / name).is_file() for name in _WEIGHTS):
        pickled = sorted(file.name for file in folder.glob("*.bin"))
        why = f"; {pickled[0]} is a pickle, which can run code and is not read" if pickled else ""
        raise ModelError(
            f"{folder}: holds no model.safetensors{why}; save the encoder again with a recent transformers "
            "(save_pretrained writes safetensors)"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"not a JSON file: {excerpt(str(error))}", code="bad-json", path=path) from None
    if not isinstance(config, dict):
        raise DataError("holds no object", code="bad-json", path=path)
    return config


def load_encoder_tokenizer(folder: Path, cased: bool | None) -> Tokenizer:
    """Read the tokenizer of an encoder's folder; older kinds of files are converted by transformers.

    Raises:
        DataError: there is none, or it is damaged.
        ConfigError: nothing says whether a ``vocab.txt`` is cased.
    """
    if any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        return load_tokenizer(folder, cased=cased)
    reason = "neither vocab.json nor a SentencePiece model"
    if (folder / "vocab.json").is_file() or any(folder.glob("*.model")):
        from onoma.nn.pretrained import quiet_library

        try:
            with quiet_library():
                from transformers import AutoTokenizer

                converted = AutoTokenizer.from_pretrained(
                    folder, trust_remote_code=False, local_files_only=True
                )
            return parse_tokenizer(guarded(converted.backend_tokenizer.to_str))
        except MissingExtraError:
            raise
        except Exception as error:  # whatever the many tokenizer classes raise
            reason = excerpt(str(error))
    raise DataError(
        f"holds no tokenizer.json or vocab.txt, and no tokenizer that can be converted: {reason}",
        code="no-tokenizer",
        path=folder,
    )
