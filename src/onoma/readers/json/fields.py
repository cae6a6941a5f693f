"""Fields of JSON records, with their types checked, for the translators of formats."""

from __future__ import annotations

from typing import Any

from onoma.errors import DataError
from onoma.readers.json.lines import JsonObject, as_json


def list_field(record: JsonObject, key: str) -> list[Any]:
    """Return a list; an absent one, or null, is empty.

    Raises:
        DataError: without path and line: it is something else.
    """
    listed = record.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise DataError(f"'{key}' must be a list", code="wrong-type", text=as_json(listed))
    return listed


def objects_field(record: JsonObject, key: str) -> list[JsonObject]:
    """Return a list of objects; an absent one, or null, is empty.

    Raises:
        DataError: without path and line: it is something else.
    """
    listed = record.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError(f"'{key}' must be a list of objects", code="wrong-type", text=as_json(listed))
    return listed


def object_field(record: JsonObject, key: str) -> JsonObject:
    """Return an object; an absent one, or null, is empty.

    Raises:
        DataError: without path and line: it is something else.
    """
    value = record.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DataError(f"'{key}' must be an object", code="wrong-type", text=as_json(value))
    return value


def missing_key(item: Any, keys: tuple[str, ...], what: str) -> DataError | None:
    """Return the error for something that is no object with these keys; None where it is one."""
    if not isinstance(item, dict):
        shown = ", ".join(keys)
        return DataError(f"{what} must be an object with {shown}", code="wrong-type", text=as_json(item))
    lacking = next((key for key in keys if key not in item), None)
    if lacking is None:
        return None
    return DataError(f"{what} lacks '{lacking}'", code="missing-key", text=as_json(item))


def after(last: Any) -> Any:
    """Return the offset after the last one of an inclusive range; what is no whole number stays as it is."""
    return last + 1 if type(last) is int else last
