"""What a ``tokenizer.json`` may be made of, read before the library that runs it sees it.

The library takes any chain of steps: three that replace a letter by a thousand make a gigabyte of a word, and
a regular expression may run for ever. So a file is read into the parts that are known here, each within
bounds, and the tokenizer is built from these.

Names and fields are those of the Hugging Face library ``tokenizers``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from onoma.errors import excerpt, first_fault
from onoma.features.tokenizer_steps import ByteLevel, Metaspace, Normalizer, Part, PreTokenizer, Word

MAX_PIECES = 4_000_000
"""Largest piece id that is believed: an encoder has a vector for each."""

_LONGEST_PIECE = 1_024  # characters; pieces of white space are the longest
_MAX_GROWTH = 4_096
"""A word of 2,048 characters, which are all that is read of it, becomes 8 million at most."""

Id = Annotated[int, Field(ge=0, lt=MAX_PIECES)]
Piece = Annotated[str, Field(max_length=_LONGEST_PIECE)]
Score = Annotated[float, Field(ge=-1e9, le=1e9)]


def _check_vocabulary(pieces: dict[str, int]) -> dict[str, int]:
    """A third of the time that pydantic takes to look at each piece."""
    if max(map(len, pieces), default=0) > _LONGEST_PIECE:
        raise ValueError(f"a piece has more than {_LONGEST_PIECE} characters")
    ids = pieces.values()
    if not 0 <= min(ids, default=0) <= max(ids, default=0) < MAX_PIECES:
        raise ValueError(f"ids are from 0 to {MAX_PIECES - 1}")
    return pieces


Vocabulary = Annotated[dict[str, int], AfterValidator(_check_vocabulary)]

# Models.


class _WordPiece(Part):
    type: Literal["WordPiece"] = "WordPiece"
    unk_token: Piece = "[UNK]"
    continuing_subword_prefix: Word = "##"
    max_input_chars_per_word: int = Field(100, ge=1, le=1_000)
    vocab: Vocabulary


class _BPE(Part):
    type: Literal["BPE"] = "BPE"
    dropout: Annotated[float, Field(ge=0, le=0)] | None = None  # the same word is always the same pieces
    unk_token: Piece | None = None
    continuing_subword_prefix: Word | None = None
    end_of_word_suffix: Word | None = None
    fuse_unk: bool = False
    byte_fallback: bool = False
    ignore_merges: bool = False
    vocab: Vocabulary
    merges: list[Annotated[str, Field(max_length=2 * _LONGEST_PIECE)]] | list[tuple[Piece, Piece]] = Field(
        max_length=MAX_PIECES
    )


class _Unigram(Part):
    type: Literal["Unigram"] = "Unigram"
    unk_id: Id | None = None
    vocab: list[tuple[Piece, Score]] = Field(max_length=MAX_PIECES)
    byte_fallback: bool = False


class _WordLevel(Part):
    type: Literal["WordLevel"] = "WordLevel"
    vocab: Vocabulary
    unk_token: Piece = "<unk>"


class _AddedToken(Part):
    id: Id
    content: str = Field(min_length=1, max_length=_LONGEST_PIECE)
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = True
    special: bool = False


def _kind_of(model: Any) -> str | None:
    """The kind of a model; files of before 2021 do not name it."""
    if not isinstance(model, Mapping):
        return getattr(model, "type", None)
    if "type" in model:
        return str(model["type"])
    if "merges" in model:
        return "BPE"
    return "WordPiece" if "continuing_subword_prefix" in model else "Unigram"


_Model = (
    Annotated[_WordPiece, Tag("WordPiece")]
    | Annotated[_BPE, Tag("BPE")]
    | Annotated[_Unigram, Tag("Unigram")]
    | Annotated[_WordLevel, Tag("WordLevel")]
)


class _Tokenizer(Part):
    """All that cuts words into pieces; truncation and padding are turned off in any case."""

    version: Any = None
    truncation: Any = None
    padding: Any = None
    normalizer: Normalizer | None = None
    pre_tokenizer: PreTokenizer | None = None
    model: Annotated[_Model, Discriminator(_kind_of)]
    added_tokens: list[_AddedToken] = Field([], max_length=10_000)
    post_processor: Any = None
    decoder: Any = None

    @model_validator(mode="after")
    def _check_growth(self) -> Self:
        if self.normalizer is not None and self.normalizer.growth > _MAX_GROWTH:
            raise ValueError("its normalizers make a word too long")
        return self


# What follows the model: nothing of ours asks for it, but files that are written again keep it.

_Item = Annotated[dict[str, dict[str, Piece | Id]], Field(max_length=2)]


class _Template(Part):
    type: Literal["TemplateProcessing"]
    single: list[_Item] = Field(max_length=8)
    pair: list[_Item] = Field(max_length=16)
    special_tokens: dict[Piece, dict[str, Piece | list[Id] | list[Piece]]] = Field(max_length=16)


class _Ends(Part):
    type: Literal["BertProcessing", "RobertaProcessing"]
    sep: tuple[Piece, Id]
    cls: tuple[Piece, Id]
    trim_offsets: bool = True
    add_prefix_space: bool = True


class _WordPieceDecoder(Part):
    type: Literal["WordPiece"]
    prefix: Word = "##"
    cleanup: bool = True


class _Rest(Part):
    post_processor: _Template | _Ends | ByteLevel | None = None
    decoder: _WordPieceDecoder | ByteLevel | Metaspace | None = None


def known_tokenizer(text: str) -> str:
    """Return the JSON of a tokenizer, built from those parts of another one's that are known.

    Truncation and padding go, and of what follows the model all that is not known.

    Raises:
        ValueError: what cuts words into pieces has a part that is unknown or out of bounds.
    """
    try:
        given = _Tokenizer.model_validate_json(text)
    except ValidationError as error:
        key, message, _ = first_fault(error)
        raise ValueError(f"'{excerpt(key)}': {excerpt(message, 200)}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    outside = {"version", "truncation", "padding", "post_processor", "decoder"}
    known = given.model_dump_json(by_alias=True, exclude_unset=True, exclude=outside)
    rest = [_known_rest(name, getattr(given, name)) for name in ("post_processor", "decoder")]
    start = '{"version":"1.0","truncation":null,"padding":null'
    return ",".join([start, known[1:-1], *rest]) + "}"


def _known_rest(name: str, value: Any) -> str:
    try:
        rest = _Rest.model_validate_json(json.dumps({name: value}))
    except (ValidationError, RecursionError):
        rest = _Rest.model_validate({name: None})
    return rest.model_dump_json(by_alias=True, exclude_unset=True)[1:-1]
