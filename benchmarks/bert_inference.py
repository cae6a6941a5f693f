"""Tokens a second of a model over a pretrained encoder, against a plain loop over the transformers library.

    python benchmarks/bert_inference.py RUN [EXPORTED...] --data FILE [--sentences 1000] [--turns 3] [--json]

The plain loop is what a tutorial shows: sentences in the order of the file, 32 at a time, cut and padded to
the longest by transformers' tokenizer, its model in fp32, the state of each word's first piece, the head, and
the best path, without probabilities. Onoma's sides are `Tagger.tag`, from documents to entities with their
probabilities: RUN in PyTorch with fp32, with bf16 where the processor has it, and each EXPORTED bundle. RUN
may be of any rung: without a pretrained encoder there is no plain loop, and PyTorch in fp32 takes its place.

Sides take turns within one process of one thread, after one turn that does not count; the table has medians
over the turns. Times are of the processor, not of the clock, so that other programs matter less. "as fp32" is
the share of tokens whose entities are those of PyTorch in fp32.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from onoma.decode.protocol import Decoder
from onoma.features.pieces import PieceFeatures
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.nn.heads import CRFHead, SoftmaxHead
from onoma.nn.pretrained import PretrainedEncoder
from onoma.readers import read_corpus
from onoma.readers.partition import sentence_documents
from onoma.runtime.bundle import load_bundle
from onoma.runtime.loading import find_bundle, load
from onoma.runtime.parts import make_decoders
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import (
    TorchBackend,
    decoder_arrays,
    network_from_bundle,
    tagger_from_network,
)
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document

BATCH_SIZE = 32
PLAIN, FP32, BF16 = "plain loop, fp32", "Onoma, PyTorch fp32", "Onoma, PyTorch bf16"

Side = Callable[[Sequence[Document]], list[Document]]


@dataclass
class Times:
    """Seconds of each turn that counts, and the milliseconds of single sentences."""

    bulk: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)


class PlainLoop:
    """What one writes without a library for tagging.

    Args:
        tagger: the model; its network and decoder are used, its batches and features of pieces are not.
        decoder: emissions to entities.
        window: longest input in pieces.
    """

    def __init__(self, tagger: Tagger, decoder: Decoder, window: int) -> None:
        from transformers import PreTrainedTokenizerFast

        assert isinstance(tagger.backend, TorchBackend)
        assert isinstance(tagger.features, PieceFeatures)
        self.network, self.features, self.decoder = tagger.backend.network, tagger.features, decoder
        state = json.dumps(tagger.features.state()["tokenizer"])
        pad = next(name for name in ("[PAD]", "<pad>") if f'"{name}"' in state)
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_object=_tokenizer(state), pad_token=pad)
        self.window = window

    @torch.inference_mode()
    def __call__(self, documents: Sequence[Document]) -> list[Document]:
        tagged: list[Document] = []
        for first in range(0, len(documents), BATCH_SIZE):
            tagged += self._batch(documents[first : first + BATCH_SIZE])
        return tagged

    def _batch(self, documents: Sequence[Document]) -> Iterator[Document]:
        words = [list(document.words) for document in documents]
        pieces = self.tokenizer(
            words,
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=self.window,
            return_tensors="pt",
        )
        lengths = np.array([len(row) for row in words])
        first = torch.zeros(len(words), int(lengths.max()), dtype=torch.long)  # [B, T]
        for row in range(len(words)):
            seen: set[int] = set()
            for place, word in enumerate(pieces.word_ids(row)):
                if word is not None and word not in seen:
                    seen.add(word)
                    first[row, word] = place
        encoder, head = self.network.encoder, self.network.heads["entities"]
        assert isinstance(encoder, PretrainedEncoder)
        assert isinstance(head, CRFHead | SoftmaxHead)
        states = encoder.model(
            input_ids=pieces["input_ids"], attention_mask=pieces["attention_mask"]
        ).last_hidden_state  # [B, P, H]
        states = torch.gather(states, 1, first[:, :, None].expand(-1, -1, states.shape[-1]))
        if self.network.beside is not None:
            batch = self.features.batch([self.features.rows(row) for row in words])
            inputs = {name: torch.from_numpy(values) for name, values in batch.items()}
            states = torch.cat([states, self.network.beside(inputs)], dim=-1)
        spans: list[list[Span]] = [[] for _ in words]
        for found in self.decoder.decode(head.projection(states).numpy(), lengths):
            document = documents[found.row]
            start, end = document.tokens[found.start].start, document.tokens[found.end - 1].end
            spans[found.row].append(Span(start, end, found.label, document.text[start:end]))
        for document, entities in zip(documents, spans, strict=True):
            yield document.with_entities(entities)


def _tokenizer(state: str) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(state)


def make_sides(run: str, exported: Sequence[str]) -> dict[str, Side]:
    """Return what is compared, by name; the first is what the others are measured against."""
    folder = find_bundle(run)
    bundle = load_bundle(folder)
    network, parts = network_from_bundle(bundle, folder)
    network.eval()
    tagger = tagger_from_network(network, parts)
    sides: dict[str, Side] = {}
    head = network.heads.get("entities")
    if isinstance(network.encoder, PretrainedEncoder) and isinstance(head, CRFHead | SoftmaxHead):
        tasks = parts.tasks
        decoder, _ = make_decoders(tasks, decoder_arrays(network, tasks), with_scores=False)
        assert decoder is not None
        sides[PLAIN] = PlainLoop(tagger, decoder, tagger.window)
    sides[FP32] = tagger.tag
    if torch.cpu.get_capabilities().get("avx512_bf16"):
        sides[BF16] = _in_bf16(tagger)
    for name in exported:
        sides[f"Onoma, {Path(name).name}"] = load(name, threads=1).tag
    return sides


def _in_bf16(tagger: Tagger) -> Side:
    def tag(documents: Sequence[Document]) -> list[Document]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return tagger.tag(documents)

    return tag


def measure(
    sides: dict[str, Side], sentences: list[Document], turns: int, num_single: int
) -> tuple[dict[str, Times], dict[str, list[Document]]]:
    """Return the times of each side, and what it found."""
    times = {name: Times() for name in sides}
    found: dict[str, list[Document]] = {}
    for turn in range(turns + 1):
        for name, side in sides.items():
            started = time.process_time()
            found[name] = side(sentences)
            seconds = time.process_time() - started
            single = []
            for sentence in sentences[:num_single]:
                started = time.process_time()
                side([sentence])
                single.append(1000 * (time.process_time() - started))
            if turn:
                times[name].bulk.append(seconds)
                times[name].single += single
    return times, found


def agreement(left: Sequence[Document], right: Sequence[Document]) -> float:
    """Share of tokens whose entities are the same."""
    wrong = total = 0
    for one, other in zip(left, right, strict=True):
        differing = {span.key for span in one.entities} ^ {span.key for span in other.entities}
        total += len(one.tokens)
        wrong += sum(
            any(key[0] < token.end and token.start < key[1] for key in differing) for token in one.tokens
        )
    return 1 - wrong / total


def results(
    times: dict[str, Times], found: dict[str, list[Document]], gold: list[Document]
) -> list[dict[str, Any]]:
    """Return a row a side."""
    num_tokens = sum(len(document.tokens) for document in gold)
    base = times[next(iter(times))]
    rows = []
    for name, one in times.items():
        bulk, single = statistics.median(one.bulk), statistics.median(one.single)
        rows.append(
            {
                "side": name,
                "tokens_per_second": num_tokens / bulk,
                "bulk_ratio": statistics.median(base.bulk) / bulk,
                "sentence_p50_ms": single,
                "sentence_ratio": statistics.median(base.single) / single,
                "as_fp32": agreement(found[FP32], found[name]),
                "f1": _f1(gold, found[name]),
            }
        )
    return rows


def _f1(gold: list[Document], found: list[Document]) -> float:
    return entity_scores(match_exact(spans_from_documents(gold), spans_from_documents(found))).micro.f1


def read_sentences(path: Path, count: int) -> list[Document]:
    """Return sentences of a file, evenly spread, each as a document."""
    documents = map(tokenize_document, read_corpus(path).documents)
    sentences = [one for document in documents for one in sentence_documents(document) if one.tokens]
    places: npt.NDArray[np.int64] = np.linspace(0, len(sentences) - 1, min(count, len(sentences))).astype(int)
    return [sentences[place] for place in places]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("exported", nargs="*")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--single", type=int, default=100)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sentences = read_sentences(options.data, options.sentences)
    sides = make_sides(options.run, options.exported)
    times, found = measure(sides, sentences, options.turns, options.single)
    rows = results(times, found, sentences)
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'side':<28}{'tokens/s':>10}{'ratio':>7}{'p50 ms':>9}{'ratio':>7}{'as fp32':>10}{'F1':>8}")
    for row in rows:
        print(
            f"{row['side']:<28}{row['tokens_per_second']:>10,.0f}{row['bulk_ratio']:>7.2f}"
            f"{row['sentence_p50_ms']:>9.2f}{row['sentence_ratio']:>7.2f}{row['as_fp32']:>10.3%}{row['f1']:>8.4f}"
        )


if __name__ == "__main__":
    main()
