from hypothesis import given
from hypothesis import strategies as st

from onoma.text import Ledger, document_from_sentences


def test_document_from_sentences_keeps_tokens_and_joins_them() -> None:
    document = document_from_sentences("d", [["EU", "rejects"], ["in", "New", "York"]], [(1, 1, 3, "LOC")])
    assert document.text == "EU rejects\nin New York"
    assert [document.text[token.start : token.end] for token in document.tokens] == document.words
    assert document.sentences == ((0, 2), (2, 5))
    assert document.entities[0].text == "New York"


counts = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9))


@given(st.integers(0, 50), counts, counts, counts, counts)
def test_ledger_balances_exactly_when_every_entity_has_a_fate(
    kept, adjusted, dropped, flattened, unreachable
) -> None:
    read = kept + sum(sum(part.values()) for part in (adjusted, dropped, flattened, unreachable))
    ledger = Ledger(read, kept, adjusted, dropped, flattened, unreachable)
    assert ledger.balanced
    assert (ledger + ledger).balanced
    assert (ledger + ledger).read == 2 * read
    assert not Ledger(read + 1, kept, adjusted, dropped, flattened, unreachable).balanced
    assert str(read) in str(ledger)
