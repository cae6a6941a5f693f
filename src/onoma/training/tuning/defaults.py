"""The spaces that are searched when none is given: what usually matters, around each rung's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onoma.errors import ConfigError
from onoma.training.config import RunConfig
from onoma.training.tuning.space import Choices, Dimension, Range, check_space, read_space

_FIXED: dict[str, Dimension] = {
    "dropout": Range(0.1, 0.6, step=0.1),
    "word_dropout": Range(0.0, 1.0, step=0.25),
    "input_dropout": Range(0.1, 0.6, step=0.1),
    "lstm_dropout": Range(0.1, 0.6, step=0.1),
    "span_dropout": Range(0.1, 0.5, step=0.1),
    "document_dropout": Range(0.1, 0.5, step=0.1),
    "layer_decay": Range(0.75, 1.0, step=0.05),
}
_WIDTHS = ("hidden_dim", "word_dim", "char_filters", "lstm_dim", "span_dim")
_STEP_SIZES = ("learning_rate", "head_learning_rate")
_ORDER = (
    *("head", "learning_rate", "head_learning_rate", "layer_decay", "batch_size"),
    *("dropout", "input_dropout", "word_dropout", "hidden_dim", "num_heads", "word_dim", "char_filters"),
    *("lstm_dim", "lstm_dropout", "span_dim", "span_dropout", "document_dropout"),
)


def choose_space(config: RunConfig, path: Path | None, fixed: set[str]) -> dict[str, Dimension]:
    """Return what to search: a file's space, or the default one without what is fixed.

    Raises:
        ConfigError: the space does not fit the model, or nothing is left to search.
    """
    if path is None:
        found = {name: one for name, one in default_space(config).items() if name not in fixed}
        if not found:
            raise ConfigError("every setting that would be searched is fixed: give a --space")
        return check_space(found, config)
    space = read_space(path)
    for name in space:
        if name in fixed:
            raise ConfigError(f"{path}: space.{name}: the command line fixes it; leave one of them out")
    try:
        return check_space(space, config)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def default_space(config: RunConfig) -> dict[str, Dimension]:
    """Return what to search for a model, its own settings included.

    Step sizes are searched on a logarithmic scale up to four times below and above the setting, widths at
    half, one and one and a half times it; dropout has fixed bounds. Settings that have no effect in this
    configuration are left out.
    """
    model, training = config.model.model_dump(), config.training.model_dump()
    idle = config.idle_options()
    found: dict[str, Dimension] = {}
    for name in _ORDER:
        if name in training and _matters_in_training(name, training[name], model):
            found[name] = _of_training(name, training[name])
        elif name in model and name not in idle and _matters(name, model):
            found[name] = _of_model(name, model)
    return found


def _of_training(name: str, value: Any) -> Dimension:
    if name in _STEP_SIZES:
        return Range(float(f"{value / 4:.6g}"), float(f"{4 * value:.6g}"), log=True)
    if name == "batch_size":
        return Choices(
            (0, 8, 16, 64) if value == 0 else tuple(sorted({max(1, value // 2), value, 2 * value}))
        )
    return _FIXED[name]


def _of_model(name: str, model: dict[str, Any]) -> Dimension:
    value = model[name]
    if name == "head":
        return Choices(("softmax", "crf"))
    if name == "num_heads":
        return Choices(tuple(sorted({max(1, value // 2), value})))
    if name in _WIDTHS:
        # An even width for each attention head.
        unit = 2 * model["num_heads"] if name == "hidden_dim" and "num_heads" in model else 1
        others = (max(1, value // 2 // unit) * unit, value * 3 // 2 // unit * unit)
        return Choices(tuple(sorted({value, *others})))
    if name == "dropout" and "encoder" in model:  # a pretrained encoder has its own within
        return Range(0.0, 0.3, step=0.1)
    return _FIXED[name]


def _matters_in_training(name: str, value: Any, model: dict[str, Any]) -> bool:
    if name in ("layer_decay", "head_learning_rate"):  # they are about a pretrained encoder
        return "encoder" in model and bool(value)
    return True


def _matters(name: str, model: dict[str, Any]) -> bool:
    if name == "head":  # the recurrent rungs differ by it: there it is no option to search over
        return model["head"] != "span" and ("num_heads" in model or "encoder" in model)
    if name.startswith("lstm_"):
        return bool(model.get("use_lstm", True))
    if name == "char_filters":
        return bool(model.get("char_dim", True))
    return name != "word_dim" or bool(model["word_dim"])
