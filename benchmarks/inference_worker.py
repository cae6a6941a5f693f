"""One library in a process of its own: answers requests of `benchmarks/inference.py`, a line of JSON each.

    PYTHON benchmarks/inference_worker.py KIND MODEL

Needs nothing but the standard library and the library it measures, so that any Python can run it. All get
the same strings, words joined by blanks, are told to split there, and return each sentence's entities as
tuples of first token, token after the last, and label: from strings to tuples is what the clocks are around.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

Entities = list[tuple[int, int, str]]


def spacy(path: str) -> tuple[Callable[..., Iterator[Entities]], tuple[int, ...], str]:
    """`nlp.pipe`, with the whitespace tokenizer of spaCy's documentation."""
    import spacy
    from spacy.tokens import Doc

    nlp = spacy.load(path)
    nlp.tokenizer = lambda text: Doc(nlp.vocab, words=text.split(" "))

    def tag(texts: list[str], batch: int) -> Iterator[Entities]:
        for doc in [nlp(texts[0])] if len(texts) == 1 else nlp.pipe(texts, batch_size=batch):
            yield [(span.start, span.end, span.label_) for span in doc.ents]

    return tag, (64, 256, 1000), spacy.__version__


def flair(path: str) -> tuple[Callable[..., Iterator[Entities]], tuple[int, ...], str]:
    """`SequenceTagger.predict` of sentences split at blanks."""
    import flair
    import torch
    from flair.data import Sentence
    from flair.models import SequenceTagger

    torch.set_num_threads(1)
    tagger = SequenceTagger.load(path)

    def tag(texts: list[str], batch: int) -> Iterator[Entities]:
        sentences = [Sentence(text, use_tokenizer=False) for text in texts]
        tagger.predict(sentences, mini_batch_size=batch, embedding_storage_mode="none")
        for one in sentences:
            yield [(span[0].idx - 1, span[-1].idx, span.tag) for span in one.get_spans("ner")]

    return tag, (32, 128), flair.__version__


def stanza(path: str) -> tuple[Callable[..., Iterator[Entities]], tuple[int, ...], str]:
    """The NER processor over pretokenised text, a sentence a line; MODEL is FILE or FILE,VECTORS."""
    import stanza
    import torch

    torch.set_num_threads(1)
    model, _, vectors = path.partition(",")
    settings = {"ner_model_path": model} | ({"ner_pretrain_path": vectors} if vectors else {})
    folder = Path(tempfile.mkdtemp())
    (folder / "resources.json").write_text("{}")  # no list of models to download

    def pipeline(batch: int) -> Any:
        return stanza.Pipeline(
            "en",
            dir=str(folder),
            processors={"tokenize": "default", "ner": "default"},
            tokenize_pretokenized=True,
            download_method=None,
            use_gpu=False,
            verbose=False,
            allow_unknown_language=True,
            ner_batch_size=batch,
            **settings,
        )

    made: dict[int, Any] = {}

    def tag(texts: list[str], batch: int) -> Iterator[Entities]:
        if batch not in made:
            made[batch] = pipeline(batch)
        for one in made[batch]("\n".join(texts)).sentences:
            yield [(span.tokens[0].id[0] - 1, span.tokens[-1].id[0], span.type) for span in one.ents]

    return tag, (32, 128), stanza.__version__


def onoma(path: str) -> tuple[Callable[..., Iterator[Entities]], tuple[int, ...], str]:
    """`Tagger.pipe`, which chooses its batches itself; the tagger itself for one text."""
    import onoma
    from onoma.text import document_from_sentences

    model, _, compute = path.partition("@")
    tagger = onoma.load(model, threads=1, precision="bf16" if compute == "bf16" else "fp32")

    def tag(texts: list[str], batch: int) -> Iterator[Entities]:
        documents = (document_from_sentences("0", [text.split(" ")]) for text in texts)
        for found in map(tagger, documents) if len(texts) == 1 else tagger.pipe(documents):
            starts = (
                {token.start: index for index, token in enumerate(found.tokens)} if found.entities else {}
            )
            ends = {token.end: index for index, token in enumerate(found.tokens, 1)} if found.entities else {}
            yield [(starts[span.start], ends[span.end], span.label) for span in found.entities]

    return tag, (0,), onoma.__version__


LIBRARIES = {"onoma": onoma, "spacy": spacy, "stanza": stanza, "flair": flair}


def tagged(tag: Callable[..., Iterator[Entities]], texts: list[str], batch: int) -> list[Entities]:
    return list(tag(texts, batch))


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def fastest(tag: Callable[..., Iterator[Entities]], batches: tuple[int, ...], texts: list[str]) -> int:
    """Return the batch size that takes the least CPU time, each measured in its second run."""
    if len(batches) == 1:
        return batches[0]
    seconds = {}
    for batch in batches:
        list(tag(texts, batch))
        seconds[batch] = clocked(partial(tagged, tag, texts, batch))[1]
    return min(seconds, key=lambda size: seconds[size])


def answers(kind: str, path: str, requests: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Load, then answer: {"texts"} warms up, "bulk" and "single" measure them, "all" returns entities."""
    tag, batches, version = LIBRARIES[kind](path)
    texts = json.loads(next(requests))["texts"]
    batch = fastest(tag, batches, texts[:400])
    list(tag(texts, batch))
    for text in texts[:50]:
        list(tag([text], batch))
    yield {"version": version, "batch": batch}
    for request in map(json.loads, requests):
        given = request["texts"]
        if request["do"] == "entities":
            yield {"entities": [list(found) for found in tag(given, batch)]}
        elif request["do"] == "bulk":
            yield {"seconds": clocked(partial(tagged, tag, texts, batch))}
        else:
            yield {"seconds": [clocked(partial(tagged, tag, [text], batch)) for text in given]}


def main() -> None:
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    warnings.simplefilter("ignore")
    for answer in answers(sys.argv[1], sys.argv[2], iter(sys.stdin.readline, "")):
        channel.write(json.dumps(answer) + "\n")
        channel.flush()


if __name__ == "__main__":
    main()
