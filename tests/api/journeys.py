"""Twelve labelled sentences as a program would hold them."""

from __future__ import annotations

from typing import Any


def journeys(person: str, place: str) -> list[dict[str, Any]]:
    """Return "Ann left Oslo." and its like, the two names labelled so."""
    return [
        {
            "id": str(number),
            "text": f"{name} left {town}.",
            "entities": [
                {"start": 0, "end": len(name), "label": person},
                {"start": len(name) + 6, "end": len(name) + 6 + len(town), "label": place},
            ],
        }
        for number, (name, town) in enumerate(
            (name, town)
            for name in ("Ann", "Bo Lee", "Mary", "Ivan")
            for town in ("Oslo", "New York", "Rome")
        )
    ]
