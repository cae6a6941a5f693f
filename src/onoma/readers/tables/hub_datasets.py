"""Data sets of the Hugging Face Hub by name: ``hf-datasets://OWNER/NAME[/CONFIG][@SPLIT]``.

They are fetched by the library ``datasets``. Code that a data set brings is never run: versions of the
library that could are refused.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from onoma.errors import DataError, MissingExtraError
from onoma.readers.tables.arrow_tables import ROWS, Table

# Where a name went through a path, one of the slashes is lost and a folder may stand before it.
_NAME = re.compile(
    r"(?:.*/)?hf-datasets:/{1,2}(?P<repository>[\w.-]+/[\w.-]+)(?:/(?P<config>[\w.+-]+))?(?:@(?P<split>[\w.:%\[\]-]+))?"
)
_FIRST_WITHOUT_CODE = 4


class HubName(NamedTuple):
    """What a name on the Hub says."""

    repository: str
    config: str | None
    split: str | None


def is_hub_name(name: str) -> bool:
    """Whether an input is called as data sets on the Hub are."""
    return _NAME.fullmatch(name) is not None


def parse_hub_name(name: str) -> HubName:
    """Return the parts of a name.

    Raises:
        DataError: it is no such name.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        what = "not a name on the Hub: hf-datasets://OWNER/NAME, with @SPLIT after it"
        raise DataError(what, code="hub-name", path=name)
    return HubName(match["repository"], match["config"], match["split"])


def open_hub(name: str) -> Table:
    """Fetch a data set into the library's cache and open it.

    Raises:
        MissingExtraError: ``datasets`` is not installed, or so old that it could run code.
        DataError: there is no such data set, configuration or split, or it cannot be fetched.
    """
    datasets = _import_datasets()
    repository, config, split = parse_hub_name(name)
    try:
        if split is None:
            split = _only_split(datasets.get_dataset_split_names(repository, config), name)
        dataset = datasets.load_dataset(repository, config, split=split)
    except DataError:
        raise
    except Exception as error:  # the library raises errors of many kinds: of the network, of files, its own
        reason = " ".join(str(error).split())[:200]
        what = f"cannot be fetched from the Hub ({type(error).__name__}: {reason})"
        raise DataError(what, code="hub", path=name) from None
    features = dataset.features

    def batches(columns: Sequence[str]) -> Iterator[Any]:
        return iter(dataset.select_columns(list(columns)).with_format("arrow").iter(batch_size=ROWS))

    return Table(features.arrow_schema, batches, features.to_dict())


def _import_datasets() -> Any:
    try:
        datasets: Any = importlib.import_module("datasets")
    except ImportError:
        raise MissingExtraError("datasets to read data sets of the Hub", "hub") from None
    if int(str(datasets.__version__).split(".")[0]) < _FIRST_WITHOUT_CODE:
        needed = f"datasets {_FIRST_WITHOUT_CODE} or later, which runs no code of data sets"
        raise MissingExtraError(f"{needed} (it is {datasets.__version__})", "hub")
    return datasets


def _only_split(splits: Sequence[str], name: str) -> str:
    if len(splits) == 1:
        return splits[0]
    listed = ", ".join(splits)
    what = f"it has the splits {listed}: name one, {name}@{splits[0] if splits else 'train'}"
    raise DataError(what, code="several-splits", path=name)
