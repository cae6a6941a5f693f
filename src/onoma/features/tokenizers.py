"""Word-piece tokenizers from files, and calls into the library that runs them.

The work is done by the Hugging Face library of the same name. It reports faults by exceptions of many kinds,
panics of its Rust code among them, which are no ``Exception``; here they all become one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from onoma.errors import ConfigError, DataError, MissingExtraError, excerpt
from onoma.features.tokenizer_parts import known_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN = "[UNK]"
BERT_SPECIALS = ("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]")

LONGEST_WORD = 100
"""Characters of a word that WordPiece looks at; a longer one is unknown, as in BERT."""

Result = TypeVar("Result")


class TokenizerError(ValueError):
    """The library failed."""


def guarded(action: Callable[[], Result]) -> Result:
    """Run a call into the library.

    Raises:
        TokenizerError: whatever it raised, panics included.
    """
    try:
        return action()
    except Exception as error:
        raise TokenizerError(excerpt(str(error), 200)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise TokenizerError(f"the tokenizer library broke down: {excerpt(str(error), 200)}") from None


def load_tokenizer(path: Path, *, cased: bool | None = None) -> Tokenizer:
    """Read a tokenizer.

    Args:
        path: a ``tokenizer.json``, a BERT ``vocab.txt``, or a folder that holds either.
        cased: of a ``vocab.txt``, whether capitals count. None leaves it to the ``tokenizer_config.json``
            beside it. A ``tokenizer.json`` says it itself.

    Raises:
        DataError: there is no such file, or it is damaged.
        ConfigError: nothing says whether a ``vocab.txt`` is cased.
    """
    if path.is_dir():
        names = ("tokenizer.json", "vocab.txt")
        found = [path / name for name in names if (path / name).is_file()]
        if not found:
            raise DataError(f"holds neither {' nor '.join(names)}", code="no-tokenizer", path=path)
        path = found[0]
    text = _read_text(path)
    if path.suffix == ".json":
        try:
            return parse_tokenizer(text)
        except ValueError as error:
            raise DataError(f"not a tokenizer: {error}", code="bad-tokenizer", path=path) from None
    return _wordpiece_from_vocabulary(text, path, cased)


def parse_tokenizer(text: str) -> Tokenizer:
    """Build a tokenizer from its JSON, of known parts only (`onoma.features.tokenizer_parts`).

    Raises:
        TokenizerError: the JSON is not that of a tokenizer, or it has parts that are not known.
        MissingExtraError: the library is not installed; a model that reads whole words goes without it.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("tokenizers, as the model reads word pieces", "pieces") from None
    return guarded(lambda: Tokenizer.from_str(known_tokenizer(text)))


def needs_space(state: Mapping[str, Any]) -> bool:
    """Whether a word must be given with a space before it to be read as the start of a word.

    Args:
        state: the tokenizer's JSON, parsed.
    """
    parts = [*_parts(state.get("normalizer")), *_parts(state.get("pre_tokenizer"))]
    return any(
        part.get("type") == "ByteLevel"
        or (part.get("type") == "Metaspace" and part.get("prepend_scheme") == "never")
        for part in parts
    )


def _parts(step: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(step, dict):
        yield step
        for inner in [*(step.get("pretokenizers") or ()), *(step.get("normalizers") or ())]:
            yield from _parts(inner)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError("is not UTF-8", code="bad-encoding", path=path, column=error.start + 1) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", code="unreadable", path=path) from None


def _wordpiece_from_vocabulary(text: str, path: Path, cased: bool | None) -> Tokenizer:
    from tokenizers import Tokenizer, models

    vocabulary: dict[str, int] = {}
    # A line is a piece, and pieces may hold any character but the line feed.
    for line, piece in enumerate(text.removesuffix("\n").split("\n")):
        piece = piece.removesuffix("\r")
        if piece in vocabulary:
            raise DataError(
                "a piece occurs twice", code="bad-tokenizer", path=path, line=line + 1, text=piece
            )
        vocabulary[piece] = line
    if UNKNOWN not in vocabulary:
        raise DataError(f"has no piece {UNKNOWN}: not a BERT vocabulary", code="bad-tokenizer", path=path)
    config = _read_config(path.with_name("tokenizer_config.json"))
    if cased is None:
        lowercase = config.get("do_lower_case")
        if not isinstance(lowercase, bool):
            raise ConfigError(f"{path}: nothing says whether it is cased; say cased = true or false")
        cased = not lowercase
    model = models.WordPiece(vocab=vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD)
    tokenizer = Tokenizer(model)
    set_bert_rules(
        tokenizer,
        lowercase=not cased,
        strip_accents=config.get("strip_accents"),
        chinese=config.get("tokenize_chinese_chars", True) is not False,
    )
    tokenizer.add_special_tokens([piece for piece in BERT_SPECIALS if piece in vocabulary])
    return tokenizer


def _read_config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        config = json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"not JSON: {error}", code="bad-json", path=path) from None
    if not isinstance(config, dict):
        raise DataError("holds no object", code="bad-json", path=path)
    return config


def set_bert_rules(
    tokenizer: Tokenizer, *, lowercase: bool, strip_accents: bool | None, chinese: bool
) -> None:
    """Clean, split at punctuation and join again as BERT does."""
    from tokenizers import decoders, normalizers, pre_tokenizers

    tokenizer.normalizer = normalizers.BertNormalizer(
        lowercase=lowercase,
        strip_accents=strip_accents if isinstance(strip_accents, bool) else None,
        handle_chinese_chars=chinese,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
