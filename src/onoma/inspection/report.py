"""What an inspection found, as plain immutable data. Shares are 0..1, lengths are in tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from onoma.inspection.lengths import Distribution
from onoma.readers import Problem


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest sentence of a file, the first of several."""

    path: str
    line: int
    tokens: int
    text: str


@dataclass(frozen=True, slots=True)
class Casing:
    """How words and sentences are written.

    Args:
        words: tokens by kind, see `onoma.inspection.words.case_kind`.
        upper_sentences: sentences with letters, all of them capitals.
        lower_sentences: sentences with letters and no capital.
    """

    words: Mapping[str, int]
    upper_sentences: int
    lower_sentences: int


@dataclass(frozen=True, slots=True)
class NestingPair:
    """How often an entity of one label lies directly inside one of another."""

    inner: str
    outer: str
    count: int


@dataclass(frozen=True, slots=True)
class Nesting:
    """How entities lie to each other.

    Args:
        inside: entities inside a longer one.
        involved: entities inside a longer one or around a shorter one.
        depth: entities inside each other at most, 1 when none is nested, 0 without entities.
        depths: entities by depth: 1 is in no other, 2 is in one, 3 in one that is in another.
        same_span: entities that share their span with another.
        crossing: entities that overlap another, neither holding the other.
        pairs: by frequency; an entity counts once, for the shortest that holds it.
    """

    inside: int
    involved: int
    depth: int
    depths: Mapping[int, int]
    same_span: int
    crossing: int
    pairs: tuple[NestingPair, ...]


@dataclass(frozen=True, slots=True)
class AmbiguousMention:
    """A surface that bears several labels, with the count of each."""

    text: str
    labels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mentions:
    """The texts of entities, letter by letter.

    Args:
        distinct: distinct surfaces.
        capitalised: mentions that begin with a capital letter.
        seen_share: share of the mentions (each occurrence counts) whose surface is a mention of train, with
            any label; None without train.
        seen_share_distinct: the same, each distinct surface counted once.
        ambiguous: surfaces that bear several labels.
        ambiguous_examples: those with the most unusual labels.
        estimated: whether there were too many to count all, see `onoma.inspection.sampling`.
    """

    distinct: int
    capitalised: int
    seen_share: float | None
    seen_share_distinct: float | None
    ambiguous: int
    ambiguous_examples: tuple[AmbiguousMention, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """Sentences of one split that stand in another, too.

    Args:
        sentences: of this split, each occurrence counts.
        distinct: distinct texts among them.
        tagged_differently: those of ``sentences`` that the other split never tags this way.
    """

    sentences: int
    distinct: int
    tagged_differently: int


@dataclass(frozen=True, slots=True)
class TwoTaggings:
    """One sentence text, tagged in two ways, with the places of both. Taggings are ``label: mention``."""

    text: str
    path: str
    line: int
    tagging: tuple[str, ...]
    other_path: str
    other_line: int
    other_tagging: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Sentences of equal text (equal characters from the first token to the last).

    Args:
        repeated: sentences that repeat an earlier one of the same split.
        contradictory: distinct texts that this split tags in two ways or more.
        shared: by the name of the other split.
        examples: of texts tagged in two ways, within the split or against an earlier one.
        estimated: whether there were too many to compare all.
    """

    repeated: int
    contradictory: int
    shared: Mapping[str, Shared]
    examples: tuple[TwoTaggings, ...]
    estimated: bool


@dataclass(frozen=True, slots=True)
class LabelPair:
    """Two document labels and the number of documents that bear both."""

    first: str
    second: str
    count: int


@dataclass(frozen=True, slots=True)
class DocumentLabels:
    """Labels of whole documents.

    Args:
        annotated: documents whose labels are annotated, if only with none.
        counts: documents by label.
        pairs: labels that occur together, by frequency.
        per_document: number of labels of an annotated document.
    """

    annotated: int
    counts: Mapping[str, int]
    pairs: tuple[LabelPair, ...]
    per_document: Distribution


@dataclass(frozen=True, slots=True)
class OddCharacter:
    """A character that does not print, or U+FFFD; ``line`` is that of the first sentence with it."""

    character: str
    name: str
    count: int
    line: int


@dataclass(frozen=True, slots=True)
class NormalForms:
    """Unicode's normal forms that the text is in.

    Args:
        composed: sentences with letters that NFD would write as several characters.
        decomposed: sentences with several characters that NFC would write as one.
        usual: the form of most of them, ``NFC`` or ``NFD``; empty where both forms are the same.
        usual_in_train: that of train, empty without train.
    """

    composed: int
    decomposed: int
    usual: str
    usual_in_train: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader of the data could not object to, but a person should look at."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SplitReport:
    """One file.

    Args:
        train: name of the split it is compared with.
        labels: entities by label, most frequent first.
        relations: relations between entities by type, most frequent first.
        nested: entities inside a longer one.
        discontinuous: entities in several fragments.
        problems: what is wrong, with its place; the first ``max_problems``.
        problem_counts: all problems by code.
        doubts: findings which say that the file is probably misunderstood, with the likely cause.
        ledger: what became of every entity on reading.
        mapped_labels: entities whose label was mapped, by ``A=B`` as the user wrote it.
        tokenised: documents without tokens of their own, which Onoma tokenised.
        distinct_words: words as written; estimated where ``words_estimated``.
        known_words_share: share of tokens whose word stands in train.
        crosses_sentences: entities that no sentence holds whole.
        entity_tokens: tokens inside an entity.
        entity_sentences: sentences in which an entity begins.
        unseen_labels: labels that train does not have.
    """

    name: str
    path: str
    format: str | None
    scheme: str | None
    train: str | None
    documents: int
    sentences: int
    tokens: int
    entities: int
    labels: Mapping[str, int]
    relations: Mapping[str, int]
    nested: int
    discontinuous: int
    problems: tuple[Problem, ...]
    problem_counts: Mapping[str, int]
    findings: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    ledger: Mapping[str, object]
    mapped_labels: Mapping[str, int]
    tokenised: int
    distinct_words: int
    words_estimated: bool
    known_words_share: float | None
    sentence_length: Distribution
    longest_sentence: Longest | None
    document_length: Distribution
    mention_length: Distribution
    entity_tokens: int
    entity_sentences: int
    crosses_sentences: int
    casing: Casing
    nesting: Nesting
    mentions: Mentions
    duplicates: Duplicates
    unseen_labels: tuple[str, ...]
    document_labels: DocumentLabels | None
    odd_characters: tuple[OddCharacter, ...]
    normal_forms: NormalForms

    @property
    def num_problems(self) -> int:
        """All problems, those not listed too."""
        return sum(self.problem_counts.values())

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        values = asdict(self)
        del values["name"]
        return values


@dataclass(frozen=True, slots=True)
class Inspection:
    """All files inspected together, in their order."""

    splits: tuple[SplitReport, ...]

    @property
    def num_problems(self) -> int:
        """Problems of all files."""
        return sum(split.num_problems for split in self.splits)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values by split."""
        return {split.name: split.as_dict() for split in self.splits}
