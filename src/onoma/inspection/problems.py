"""From the figures of a split to what a person should look at."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from onoma.errors import excerpt
from onoma.inspection.report import Casing, Duplicates, Finding, Mentions, Nesting, NormalForms, OddCharacter
from onoma.readers import ReadLog
from onoma.readers.account import label_note, loss_note
from onoma.text.forms import folded

_RARE = 10
_LISTED = 8
_LONG_SENTENCE = 512


def note_unseen_labels(log: ReadLog, path: str, lines: Mapping[str, int], unseen: tuple[str, ...]) -> None:
    """Record every label that train does not have as a problem, at the line where it stands first."""
    for label in unseen:
        what = f"the label '{excerpt(label)}' does not occur in train: no model can learn it"
        log.note("unseen-label", path, lines[label], what)


def find_findings(figures: Mapping[str, Any], log: ReadLog) -> tuple[Finding, ...]:
    """Return what is worth a look, doubts about the whole file first.

    Args:
        figures: fields of a `SplitReport` by name.
        log: of its reading.
    """
    found = (
        *_about_reading(log),
        *_about_copies(figures),
        *_about_entities(figures),
        *_about_text(figures),
    )
    return (*figures["doubts"], *(Finding(code, message) for code, message in found))


def _about_reading(log: ReadLog) -> Iterator[tuple[str, str]]:
    if loss := loss_note(log):
        yield "much-lost", loss
    if labels := label_note(log):
        yield "mapped-labels", labels


def _about_copies(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    duplicates: Duplicates = figures["duplicates"]
    about = "about " if duplicates.estimated else ""
    for name, shared in duplicates.shared.items():
        if shared.sentences:
            unlike = shared.tagged_differently
            note = f"; {about}{unlike:,} are tagged differently there" if unlike else ""
            yield (
                "shared-sentences",
                f"{about}{_count(shared.sentences, 'sentence')} ({shared.distinct:,} distinct) also "
                f"{'stands' if shared.sentences == 1 else 'stand'} in {name}{note}",
            )
    if duplicates.repeated:
        many = _count(duplicates.repeated, "sentence")
        verb = "repeats" if duplicates.repeated == 1 else "repeat"
        yield "duplicate-sentences", f"{about}{many} {verb} an earlier one of this split"
    if duplicates.contradictory:
        many = _count(duplicates.contradictory, "sentence text")
        be = "is" if duplicates.contradictory == 1 else "are"
        yield "contradictory-sentences", f"{about}{many} {be} tagged in two ways or more"


def _about_entities(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    labels: Mapping[str, int] = figures["labels"]
    nesting: Nesting = figures["nesting"]
    mentions: Mentions = figures["mentions"]
    if figures["sentences"] and not labels and not figures["doubts"]:
        yield "no-entities", "no entity is annotated"
    rare = [f"{excerpt(label)} {count}" for label, count in labels.items() if count < _RARE]
    if rare:
        more = f" and {len(rare) - _LISTED} more" if len(rare) > _LISTED else ""
        yield "rare-labels", f"labels with fewer than {_RARE} entities: {', '.join(rare[-_LISTED:])}{more}"
    for group in _alike(labels):
        listed = ", ".join(f"'{excerpt(label)}' {labels[label]:,}" for label in group[:_LISTED])
        *others, most = sorted(group, key=lambda label: labels[label])
        merging = shlex.quote(f"{others[0]}={most}")
        alike = "labels that differ in case, blanks and normal form alone"
        what = f"{alike}: {listed}; --map {merging} makes two one"
        yield "labels-alike", what
    if mentions.ambiguous:
        many = _count(mentions.ambiguous, "mention text")
        verb = "bears" if mentions.ambiguous == 1 else "bear"
        yield "ambiguous-mentions", f"{many} of {mentions.distinct:,} {verb} several labels"
    if nesting.inside or nesting.same_span:
        shared = f", {nesting.same_span:,} share a span" if nesting.same_span else ""
        what = f"{_count(nesting.inside, 'entity')} inside a longer one{shared}"
        yield "nested", f"{what}; a flat tagger reaches one entity a token"
    if nesting.crossing:
        yield "crossing", f"{_count(nesting.crossing, 'entity')} crossing another"
    if figures["discontinuous"]:
        yield "discontinuous", f"{_count(figures['discontinuous'], 'entity')} in several pieces"
    if figures["crosses_sentences"]:
        yield "crosses-sentences", f"{_count(figures['crosses_sentences'], 'entity')} over a sentence end"


def _alike(labels: Mapping[str, int]) -> list[list[str]]:
    """Return the groups of labels that are the same but for case, blanks, - and _, and normal form."""
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(folded(re.sub(r"[\s_-]+", "", label)), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _about_text(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    casing: Casing = figures["casing"]
    odd: tuple[OddCharacter, ...] = figures["odd_characters"]
    if casing.upper_sentences:
        many = _count(casing.upper_sentences, "sentence")
        yield "upper-sentences", f"{many} of {figures['sentences']:,} in capitals only"
    if odd:
        shown = ", ".join(f"{char.character} {char.name} {char.count:,}" for char in odd[:_LISTED])
        yield "odd-characters", f"characters that do not print: {shown}{' ...' * (len(odd) > _LISTED)}"
    yield from _about_normal_forms(figures["normal_forms"])
    longest = figures["longest_sentence"]
    if longest is not None and longest.tokens > _LONG_SENTENCE:
        yield "long-sentence", f"line {longest.line}: a sentence of {longest.tokens:,} tokens"
    if figures["tokenised"]:
        yield "tokenised", f"{_count(figures['tokenised'], 'document')} without tokens; Onoma tokenised them"


def _about_normal_forms(forms: NormalForms) -> Iterator[tuple[str, str]]:
    unlike = "a model takes the same letters in another form for others"
    if forms.composed and forms.decomposed:
        yield (
            "normal-forms",
            f"letters are composed (NFC) in {_count(forms.composed, 'sentence')} and decomposed (NFD) in "
            f"{forms.decomposed:,}: {unlike}; write all in {forms.usual}, as most are",
        )
    if forms.usual and forms.usual_in_train and forms.usual != forms.usual_in_train:
        yield (
            "normal-forms",
            f"letters that have both forms are {forms.usual} here, {forms.usual_in_train} in train: "
            f"{unlike}; write both in {forms.usual_in_train}",
        )


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"
