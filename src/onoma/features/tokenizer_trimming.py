"""Cutting a tokenizer down to some of its pieces.

Words that it cut into kept pieces alone are cut as before: WordPiece still finds the same longest pieces,
a unigram model the same best path, and byte-pair encoding keeps all merges that lead to a kept piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_ALPHABETS_END = 0x530
"""Single characters below are kept: Latin, Greek and Cyrillic with their signs, and the 256 bytes of
byte-level vocabularies, which are written as such characters."""


def pieces_of(state: Mapping[str, Any]) -> dict[str, int]:
    """Return all pieces with their ids, those included that were added to the model's own.

    Args:
        state: a tokenizer's JSON, parsed.

    Raises:
        ValueError: its model is of no known kind.
    """
    vocabulary = state["model"].get("vocab")
    if isinstance(vocabulary, list):  # unigram: a piece's place is its id
        pieces = {piece: number for number, (piece, _) in enumerate(vocabulary)}
    elif isinstance(vocabulary, dict):
        pieces = dict(vocabulary)
    else:
        raise ValueError("its model has no vocabulary")
    return pieces | {one["content"]: one["id"] for one in state.get("added_tokens") or ()}


def close(state: Mapping[str, Any], used: Iterable[int]) -> list[int]:
    """Return the ids that have to be kept for these, in their order.

    That is: added pieces, such as those of beginning and end; single characters and bytes, so that no word
    of a known alphabet is unknown; what byte-pair encoding merges on its way to a piece.
    """
    pieces = pieces_of(state)
    model, kept = state["model"], set(used)
    kept.update(one["id"] for one in state.get("added_tokens") or ())
    prefix = model.get("continuing_subword_prefix") or ""
    kept.update(number for piece, number in pieces.items() if _is_basic(piece, prefix))
    if isinstance(model.get("unk_token"), str) and model["unk_token"] in pieces:
        kept.add(pieces[model["unk_token"]])
    if isinstance(model.get("unk_id"), int):
        kept.add(model["unk_id"])
    # From the last merge to the first: what one makes may be what an earlier one put in.
    for first, second in reversed([_parts(merge) for merge in model.get("merges") or ()]):
        if pieces.get(_merged(first, second, prefix)) in kept:
            kept.update((pieces[first], pieces[second]))
    return sorted(kept)


def trim_state(state: Mapping[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return the JSON of the tokenizer with these pieces alone, numbered anew in their order.

    Args:
        state: a tokenizer's JSON, parsed.
        kept: ids, rising, closed by `close`.
    """
    places = {old: new for new, old in enumerate(kept)}
    model = dict(state["model"])
    prefix = model.get("continuing_subword_prefix") or ""
    if isinstance(model["vocab"], list):
        model["vocab"] = [model["vocab"][old] for old in kept if old < len(model["vocab"])]
    else:
        model["vocab"] = {piece: places[old] for piece, old in model["vocab"].items() if old in places}
    if isinstance(model.get("unk_id"), int):
        model["unk_id"] = places[model["unk_id"]]
    if model.get("merges"):
        there = model["vocab"]
        model["merges"] = [
            merge
            for merge in model["merges"]
            if {*_parts(merge), _merged(*_parts(merge), prefix)} <= there.keys()
        ]
    added = [{**one, "id": places[one["id"]]} for one in state.get("added_tokens") or ()]
    after = _renumbered(state.get("post_processor"), places.__getitem__)
    return {**state, "model": model, "added_tokens": added, "post_processor": after}


def _is_basic(piece: str, prefix: str) -> bool:
    bare = piece.removeprefix(prefix) if prefix else piece
    bare = bare.removeprefix("\u2581") or bare  # a word's beginning, in unigram models
    return (len(bare) == 1 and ord(bare) < _ALPHABETS_END) or (
        len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">")
    )


def _parts(merge: Any) -> tuple[str, str]:
    first, second = merge.split(" ") if isinstance(merge, str) else merge
    return first, second


def _merged(first: str, second: str, prefix: str) -> str:
    return first + (second.removeprefix(prefix) if prefix else second)


def _renumbered(step: Any, new: Callable[[int], int]) -> Any:
    """Return what follows the model with its ids, which stand in few and known places, numbered anew."""
    if not isinstance(step, dict):
        return step
    done = dict(step)
    for name in ("sep", "cls"):  # BERT's and RoBERTa's: a piece and its id
        if isinstance(done.get(name), list):
            done[name] = [done[name][0], new(done[name][1])]
    if isinstance(done.get("special_tokens"), dict):  # a template's
        done["special_tokens"] = {
            name: {**one, "ids": [new(number) for number in one["ids"]]}
            for name, one in done["special_tokens"].items()
        }
    if isinstance(done.get("processors"), list):
        done["processors"] = [_renumbered(one, new) for one in done["processors"]]
    return done
