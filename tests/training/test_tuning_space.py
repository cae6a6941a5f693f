"""What a study searches: files, checks, defaults of every rung."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.models import list_rungs
from onoma.training.config import RunConfig, resolve
from onoma.training.environment import hide_passwords
from onoma.training.tuning.defaults import default_space
from onoma.training.tuning.space import (
    Choices,
    Dimension,
    Range,
    as_toml,
    check_space,
    parse_dimension,
    read_space,
    values_of,
    with_values,
)

DATA = {"train": "train.txt"}


def config_of(rung: str, **model: Any) -> RunConfig:
    return resolve(rung, {"model": model, "data": DATA})


def ends(dimension: Dimension) -> tuple[Any, ...]:
    return dimension.values if isinstance(dimension, Choices) else (dimension.low, dimension.high)


def write(folder: Path, text: str) -> Path:
    path = folder / "space.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("rung", [rung.name for rung in list_rungs()])
def test_default_space_of_every_rung_is_of_real_settings_around_its_defaults(rung: str) -> None:
    config = config_of(rung)
    space = default_space(config)
    checked = check_space(space, config)
    assert {"learning_rate", "batch_size", "dropout"} <= set(checked)
    assert all(dimension.contains(values_of(config, checked)[name]) for name, dimension in checked.items())
    for name, dimension in checked.items():
        for value in ends(dimension):
            other = with_values(config, {name: value})  # each value alone is a model that can be trained
            assert values_of(other, {name: dimension})[name] == value


@pytest.mark.parametrize(
    ("rung", "model", "there", "absent"),
    [
        ("bilstm-crf", {}, "hidden_dim", "head"),
        ("bilstm-crf", {"char_dim": 20}, "char_filters", "span_dim"),
        ("bilstm-crf", {"word_dim": 0, "vectors": "file"}, "hidden_dim", "word_dim"),
        ("lstm", {"head": "span"}, "span_dim", "layer_decay"),
        ("transformer", {}, "head", "lstm_dim"),
        ("transformer-lstm", {}, "lstm_dim", "head_learning_rate"),
        ("bert", {}, "layer_decay", "hidden_dim"),
        ("span", {"base": "bert"}, "head_learning_rate", "word_dropout"),
        ("joint", {"tasks": "entities"}, "dropout", "document_dropout"),
        ("joint", {"tasks": "tags"}, "dropout", "document_dropout"),
        ("joint", {"tasks": "spans", "base": "transformer"}, "span_dropout", "head"),
        ("joint", {"tasks": "documents"}, "document_dropout", "span_dropout"),
    ],
)
def test_only_what_has_an_effect_is_searched(
    rung: str, model: dict[str, Any], there: str, absent: str
) -> None:
    space = default_space(config_of(rung, **model))
    assert there in space
    assert absent not in space


def test_widths_of_a_transformer_fit_its_heads() -> None:
    config = config_of("transformer", hidden_dim=36, num_heads=6)
    space = default_space(config)
    for width in ends(space["hidden_dim"]):
        for heads in ends(space["num_heads"]):
            with_values(config, {"hidden_dim": width, "num_heads": heads})


def test_a_space_is_read_checked_and_written_again(tmp_path: Path) -> None:
    text = """
    [space]
    learning_rate = { low = 1e-4, high = 1e-2, log = true }
    dropout = { low = 0.1, high = 0.5, step = 0.1 }
    hidden_dim = { low = 8, high = 64, step = 8 }
    char_widths = { choices = [[3], [2, 3]] }
    """
    config = config_of("charcnn-bilstm-crf")
    space = check_space(read_space(write(tmp_path, text)), config)
    assert space == {
        "learning_rate": Range(1e-4, 1e-2, log=True),
        "dropout": Range(0.1, 0.5, step=0.1),
        "hidden_dim": Range(8, 64, step=8, integer=True),
        "char_widths": Choices(([3], [2, 3])),
    }
    assert check_space(read_space(write(tmp_path, as_toml(space))), config) == space
    assert space["char_widths"].contains(config.model.char_widths)  # type: ignore[attr-defined]
    assert not space["hidden_dim"].contains(12)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "learnin_rate = { low = 1e-4, high = 1e-2 }",
            "unknown setting 'learnin_rate'; did you mean 'learning_",
        ),
        ("dropout = { lo = 0.1, high = 0.5 }", "space.dropout: unknown key 'lo'; did you mean 'low'"),
        ("dropout = { low = 0.1 }", "space.dropout: has no 'high'"),
        ("dropout = { low = 0.5, high = 0.1 }", "low 0.5 is not below high 0.1"),
        ("dropout = { low = 0.1, high = 1.5 }", "space.dropout: model.dropout: Input should be less than 1"),
        ("dropout = { low = 0.0, high = 0.5, log = true }", "log = true needs low above 0"),
        ("dropout = { low = 0.1, high = 0.5, step = 0.7 }", "space.dropout.step"),
        ("dropout = { low = nan, high = 0.5 }", "space.dropout.low: a number, not nan"),
        ("dropout = { low = 0.1, high = true }", "space.dropout.high: a number, not True"),
        ("dropout = { choices = [0.1], low = 0.1 }", "both choices and 'low'"),
        ("dropout = { choices = [] }", "space.dropout.choices: a list with a value in it"),
        ("dropout = { choices = [0.1, 0.1] }", "names a value twice"),
        ("dropout = 0.3", "space.dropout: needs {low"),
        (
            "hidden_dim = { low = 8.5, high = 64 }",
            "space.hidden_dim: model.hidden_dim: Input should be a valid int",
        ),
        ("hidden_dim = { low = 8, high = 64, step = 0.5 }", "space.hidden_dim: takes integers only"),
        ("constrained = { low = 0, high = 1 }", "space.constrained: is not a number; give choices"),
        ("head = { choices = ['crf', 'crff'] }", "space.head: model.head: Input should be"),
        ("seed = { low = 1, high = 5 }", "space.seed: is not searched over; fix it with --set"),
        ("vectors = { choices = ['a', 'b'] }", "space.vectors: is not searched over"),
    ],
)
def test_what_is_wrong_with_a_space_is_said(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_space(read_space(write(tmp_path, f"[space]\n{entry}\n")), config_of("bilstm"))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "holds no [space]"), ("[spaces]", "unknown table 'spaces'"), ("[space", "not a TOML file")],
)
def test_what_is_no_space_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space(write(tmp_path, text))
    assert said in str(caught.value)
    with pytest.raises(ConfigError, match="cannot read the search space"):
        read_space(tmp_path / "none.toml")


@given(
    st.dictionaries(
        st.sampled_from(["low", "high", "log", "step", "choices", "x"]),
        st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())),
    )
)
def test_an_entry_means_something_or_is_refused(entry: dict[str, Any]) -> None:
    try:
        dimension = parse_dimension("dropout", entry)
    except ConfigError:
        return
    assert all(dimension.contains(value) for value in ends(dimension)[:1])
    assert isinstance(dimension, Choices) or (
        dimension.low < dimension.high and math.isfinite(dimension.high)
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql+psycopg://me:s3cret@host:5432/db", "postgresql+psycopg://me:***@host:5432/db"),
        ("--storage=postgres://me:p@ss/w@rd@host/db", "--storage=postgres://me:***@host/db"),
        ("postgres://host/db?user=me&password=s3cret&x=1", "postgres://host/db?user=me&password=***&x=1"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("/data/a:b@c", "/data/a:b@c"),
    ],
)
def test_passwords_of_urls_are_hidden(text: str, shown: str) -> None:
    assert hide_passwords(text) == shown
