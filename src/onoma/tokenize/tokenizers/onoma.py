"""Words, as corpora have them, of texts in all languages: `onoma.tokenize.words` and `.sentences`."""

from onoma.tokenize.sentences import split_sentences
from onoma.tokenize.tokenizer import Tokenizer
from onoma.tokenize.words import cut_words

TOKENIZER = Tokenizer(
    name="onoma",
    version=1,
    description="words and punctuation, of texts in all languages",
    tokenize=cut_words,
    sentences=split_sentences,
)
