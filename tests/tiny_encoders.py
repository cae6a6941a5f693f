"""Folders of small random Hugging Face encoders, made with the library's own classes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import torch

from onoma.features.tokenizer_training import train_bpe, train_wordpiece
from onoma.nn.pretrained import model_class, quiet_library

_TEXT = """John Smith flew to Berlin . The bank in Oslo closed Acme Ltd hired Mary Nothing happened today
Paris Hilton visited In 1999 Kofi Annan led the United Nations Rain She reads New York Times Anna Berg
Jane Fox Li Wei O'Neill Lake Garda Rio Hague UN of Rome Kodak Red Cross a and met said quietly
report , never"""
WORDS = _TEXT.split()

NUM_POSITIONS = 514
_BYTE_PAIRS = ("camembert", "data2vec-text", "mpnet", "roberta", "xlm-roberta", "deberta")
_SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.2,
}
_OWN_SIZES: dict[str, dict[str, Any]] = {
    "albert": {"embedding_size": 8},
    "deberta-v2": {
        "relative_attention": True,
        "position_buckets": 8,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_biased_input": False,
    },
    "deberta": {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "electra": {"embedding_size": 8},
    "rembert": {"input_embedding_size": 8, "output_embedding_size": 8},
    "roformer": {"embedding_size": 8},
}


def encoder_config(model_type: str, pieces: int, **sizes: Any) -> Any:
    """Return the library's configuration of a small encoder."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = CONFIG_MAPPING[model_type]
    given = {} if model_type == "distilbert" else dict(_SIZES)
    given |= {"vocab_size": pieces, "max_position_embeddings": NUM_POSITIONS, "pad_token_id": 0}
    given |= dict.fromkeys(("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 1)
    return kind(**{**given, "mask_token_id": 1, **_OWN_SIZES.get(model_type, {}), **sizes})


def write_encoder(folder: Path, model_type: str = "bert", *, seed: int = 0, **sizes: Any) -> Path:
    """Write tokenizer, configuration and random weights of a small encoder, and return the folder."""
    counts = Counter(WORDS * 3)
    if model_type in _BYTE_PAIRS:
        tokenizer = train_bpe(counts, 400, lowercase=False)
    else:
        tokenizer = train_wordpiece(counts, 150, lowercase=True)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = encoder_config(model_type, tokenizer.get_vocab_size(), **sizes)
    torch.manual_seed(seed)
    with quiet_library():
        model_class(config)(config).save_pretrained(folder)
    return folder
