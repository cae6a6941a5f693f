"""``onoma vectors``: train word vectors, cut them to a data set's words, look at them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.options import Encoding, Json, LongestLine, Quiet
from onoma.cli.reading import Reading, reads
from onoma.threads import MOST_THREADS

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from onoma.features.vectors import WordVectors
    from onoma.readers import ReadOptions

group = typer.Typer(help="Train, trim and look at word vectors.", no_args_is_help=True, rich_markup_mode=None)

OutputFormat = Annotated[
    Literal["onoma", "text"],
    typer.Option("--format", help="onoma: our own, quick, with subwords; text: word2vec text."),
]
Vectors = Annotated[Path, typer.Argument(metavar="V", help="Word vectors in any known format.")]
MaxWords = Annotated[
    int, typer.Option("--max-words", min=0, help="Only the first (most frequent) so many, 0 for all.")
]
Vocabulary = typer.Option("--vocab", help="Data whose words count: a file, a folder with splits, or en, ru.")


@group.command()
def train(
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT...", help="Raw text, a paragraph a line; .gz too; - is a pipe."),
    ],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    kind: Annotated[
        Literal["word2vec", "fasttext"],
        typer.Option("--kind", help="fasttext: with subwords, so that unknown words get vectors."),
    ] = "word2vec",
    dim: Annotated[int, typer.Option("--dim", min=1, help="Numbers a vector.")] = 100,
    window: Annotated[int, typer.Option("--window", min=1, help="Words of context on each side.")] = 5,
    min_count: Annotated[int, typer.Option("--min-count", min=1, help="Leave out rarer words.")] = 3,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the text.")] = 5,
    negative: Annotated[
        int, typer.Option("--negative", min=1, help="Random words against each real one.")
    ] = 10,
    cbow: Annotated[bool, typer.Option("--cbow", help="Words from context; else skip-gram.")] = False,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=0, help="First step size.")] = 0.025,
    max_words: MaxWords = 0,
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Train on lower-cased text.")] = False,
    buckets: Annotated[int, typer.Option("--buckets", min=1, help="Of subwords, for fasttext.")] = 50_000,
    min_subword: Annotated[int, typer.Option("--min-subword", min=1, help="Characters, for fasttext.")] = 3,
    max_subword: Annotated[int, typer.Option("--max-subword", min=1, help="Characters, for fasttext.")] = 6,
    threads: Annotated[
        int, typer.Option("--threads", min=0, max=MOST_THREADS, help="0 for all cores; 1 is repeatable.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the initial vectors.")] = 13,
    encoding: Encoding = "utf-8",
    max_document_mb: LongestLine = 64,
    format: OutputFormat = "onoma",
    quiet: Quiet = False,
) -> None:
    """Train word vectors on raw text with gensim."""
    import os

    from onoma.cli.progress import Progress, say
    from onoma.errors import ConfigError, OutputError
    from onoma.files import refuse_originals
    from onoma.readers import RawText
    from onoma.training.config import validate
    from onoma.training.vectors import VectorsConfig, train_vectors

    if min_subword > max_subword:
        raise ConfigError(f"--min-subword {min_subword} is more than --max-subword {max_subword}")
    if out.is_dir():
        raise OutputError(f"{out}: cannot write here: this is a folder, a file name is needed")
    given = {
        "kind": kind,
        "dim": dim,
        "window": window,
        "min_count": min_count,
        "epochs": epochs,
        "negative": negative,
        "cbow": cbow,
        "learning_rate": learning_rate,
        "max_words": max_words,
        "lowercase": lowercase,
        "buckets": buckets,
        "min_subword": min_subword,
        "max_subword": max_subword,
        "threads": threads or os.cpu_count() or 1,
        "seed": seed,
    }
    config = validate(VectorsConfig, given, "vectors")
    refuse_originals([out], texts)
    with Progress(quiet=quiet) as progress:
        vectors = train_vectors(RawText(tuple(texts), encoding, max_document_mb), config, progress)
    _write(out, vectors, format)
    if not quiet:
        say(f"{out}: {_describe(vectors)}; try: onoma vectors info {shlex.quote(str(out))} --near WORD")


@group.command()
@reads("labels", "document_labels")
def trim(
    vectors: Vectors,
    vocab: Annotated[list[str], Vocabulary],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    subwords: Annotated[
        bool,
        typer.Option("--subwords/--no-subwords", help="Keep what unknown words' vectors are made of."),
    ] = True,
    max_words: MaxWords = 0,
    output: Annotated[
        Literal["onoma", "text"], typer.Option("--to", help="onoma: our own; text: word2vec text.")
    ] = "onoma",
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Keep the words of a data set, with their other case forms."""
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import DataError
    from onoma.files import refuse_originals

    refuse_originals([out], [vectors, *vocab])
    loaded = _load(vectors, max_words, quiet=quiet)
    tell = say_nothing if quiet else say
    words = _count_words(vocab, reading.options(on_misaligned="expand", gold=False), tell)
    before = loaded.coverage(words)
    try:
        trimmed = loaded.trim(words, subwords=subwords)
    except ValueError:
        raise DataError(
            "none of the data's words is among the vectors", code="no-words", path=vectors
        ) from None
    _write(out, trimmed, output)
    tell(f"{out}: {len(trimmed):,} of {len(loaded):,} words kept")
    tell(f"covered: {before}")


@group.command()
@reads("labels", "document_labels")
def info(
    vectors: Vectors,
    vocab: Annotated[list[str] | None, Vocabulary] = None,
    near: Annotated[
        list[str] | None, typer.Option("--near", help="Show the words nearest to this one; may be repeated.")
    ] = None,
    max_words: MaxWords = 0,
    as_json: Json = False,
    *,
    reading: Reading,
) -> None:
    """Show size and format of vectors, what they cover, and a word's neighbours."""
    from onoma.cli.progress import say
    from onoma.features.vectors import load_vectors

    loaded = load_vectors(vectors, max_words or None)
    table = loaded.vectors
    facts: dict[str, object] = {
        "format": loaded.format,
        "words": len(table),
        "dim": table.dim,
        "subwords": table.subwords is not None,
        "duplicates": loaded.left_out.duplicates,
        "invalid": loaded.left_out.invalid,
        "bytes": vectors.stat().st_size,
    }
    coverage = (
        table.coverage(_count_words(vocab, reading.options(on_misaligned="expand", gold=False), say))
        if vocab
        else None
    )
    neighbours = {word: table.nearest(word) for word in near or ()}
    if as_json:
        if coverage:
            facts["coverage"] = coverage.as_dict()
        if neighbours:
            facts["near"] = neighbours
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{vectors} ({loaded.format}): {_describe(table)}")
    if note := str(loaded.left_out):
        print(note)
    if coverage:
        print(f"covered: {coverage}")
    for word, found in neighbours.items():
        print(f"{word}: " + (", ".join(f"{one} {score:.2f}" for one, score in found) or "no vector"))


def _describe(vectors: WordVectors) -> str:
    text = f"{len(vectors):,} words, {vectors.dim} numbers each"
    if vectors.subwords is None:
        return text
    subwords = vectors.subwords
    lengths = f"{subwords.min_length} to {subwords.max_length}"
    return f"{text}, subwords of {lengths} characters in {len(subwords.buckets):,} buckets"


def _load(path: Path, max_words: int, *, quiet: bool) -> WordVectors:
    from onoma.cli.progress import say
    from onoma.features.vectors import load_vectors

    loaded = load_vectors(path, max_words or None)
    if not quiet:
        say(f"read {path} ({loaded.format}): {_describe(loaded.vectors)}")
        if note := str(loaded.left_out):
            say(note)
    return loaded.vectors


def _write(path: Path, vectors: WordVectors, format: str) -> None:
    from onoma.features.vectors import save_vectors, write_word2vec_text

    (save_vectors if format == "onoma" else write_word2vec_text)(path, vectors)


def _count_words(data: list[str], options: ReadOptions, tell: Callable[[str], None]) -> Counter[str]:
    """Count the words of all data; what comes as raw text is tokenised."""
    from collections import Counter

    from onoma.cli.accounts import tell_reading
    from onoma.readers import ReadLog, find_splits, read_documents
    from onoma.resources import data_folder
    from onoma.tokenize import tokenize_document

    files: list[str | Path] = []
    for name in data:
        folder = data_folder(name)
        files += find_splits(folder, required=()).values() if folder.is_dir() else [name]
    counts: Counter[str] = Counter()
    for file in files:
        log = ReadLog()
        for document in read_documents(file, options, log):
            counts.update(tokenize_document(document).words)
        tell_reading({str(file): log}, options, (), tell)
    return counts
