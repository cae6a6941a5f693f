"""Tag schemes: how spans are written as one tag a token (IO, IOB1, BIO, BIOES, BILOU)."""

from onoma.tags.convert import TokenSpan, detect_scheme, spans_to_tags, tags_to_spans
from onoma.tags.repair import REPAIRS, find_illegal, repair_tags
from onoma.tags.scheme import SCHEMES, Scheme, get_scheme, labels_of_tags, split_tag
from onoma.tags.spelling import PLAIN, Spelling, find_spelling

__all__ = [
    "PLAIN",
    "REPAIRS",
    "SCHEMES",
    "Scheme",
    "Spelling",
    "TokenSpan",
    "detect_scheme",
    "find_illegal",
    "find_spelling",
    "get_scheme",
    "labels_of_tags",
    "repair_tags",
    "spans_to_tags",
    "split_tag",
    "tags_to_spans",
]
