"""Agreement with the gold tokens of CoNLL-2003."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from onoma.text import Document, Token, document_from_sentences
from onoma.tokenize import tokenize_words


def _documents(path: Path) -> Iterator[Document]:
    for number, part in enumerate(path.read_text(encoding="utf-8").split("-DOCSTART-")[1:]):
        blocks = [block.split("\n") for block in part.split("\n\n")[1:]]
        sentences = [[line.split(" ")[0] for line in block if line] for block in blocks]
        yield document_from_sentences(str(number), [words for words in sentences if words])


def _edges(tokens: Iterable[Token]) -> set[tuple[str, int]]:
    return {edge for token in tokens for edge in (("start", token.start), ("end", token.end))}


def test_agreement_with_conll_2003(shared_data: Path) -> None:
    common = predicted = gold = 0
    disagreements: Counter[str] = Counter()
    for document in _documents(shared_data / "conll2003" / "test.txt"):
        tokens = tokenize_words(document.text)
        ours, theirs = _edges(tokens), _edges(document.tokens)
        common, predicted, gold = common + len(ours & theirs), predicted + len(ours), gold + len(theirs)
        whole = {token[1:] for token in tokens}
        disagreements.update(token.text for token in document.tokens if token[1:] not in whole)
    agreement = 2 * common / (predicted + gold)
    print(
        f"\nboundary agreement {agreement:.4f} over {gold} gold boundaries; {disagreements.most_common(10)}"
    )
    assert gold == 2 * 46_435
    assert agreement >= 0.99, disagreements.most_common(20)
