"""Groups of options: declared once, as the fields of a class, for all commands that have them."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

Command = TypeVar("Command", bound=Callable[..., Any])
Group = TypeVar("Group", bound="OptionGroup")


@dataclass(frozen=True)
class OptionGroup:
    """Options as they were given: a field each, or a field for a group within this one.

    A field's default says "not given".
    """

    def words(self) -> list[str]:
        """Return the options that were given as the words of a command."""
        hints, words = get_type_hints(type(self), include_extras=True), []
        for one in fields(self):
            value, annotation = getattr(self, one.name), hints[one.name]
            if _is_group(annotation):
                words += value.words()
            elif value != one.default:
                name = _first_name(annotation.__metadata__[0])
                values = value if isinstance(value, list) else [value]
                words += [name] if value is True else [part for each in values for part in (name, str(each))]
        return words


def option(*names: str, help: str, **more: Any) -> Any:
    """Return what Typer is to know of an option; its type is the field's."""
    return typer.Option(*names, help=help, **more)


def _first_name(info: Any) -> str:
    """The name that an option was declared with first; Typer holds it as a default within ``Annotated``."""
    return next(name for name in (info.default, *info.param_decls) if isinstance(name, str))


def takes(group: type[OptionGroup], *without: str, **helps: str) -> Callable[[Command], Command]:
    """Give a command the options of a group, in the place of its parameter of that type.

    Args:
        group: what the command gets.
        without: fields that the command has no use for, or declares itself.
        helps: another help text for a field, where it means something of its own here.
    """

    def decorate(command: Command) -> Command:
        options = list(_parameters(group, without, helps))
        names = {one.name for one in options}
        signature = inspect.signature(command, eval_str=True)
        own = signature.parameters.values()
        taken = next(one.name for one in own if one.annotation is group)

        @functools.wraps(command)
        def taking(*arguments: Any, **given: Any) -> Any:
            values = {name: given.pop(name) for name in names}
            return command(*arguments, **given, **{taken: _make(group, values)})

        parameters = []
        for one in own:
            parameters += options if one.name == taken else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        taking.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        taking.__annotations__ = {one.name: one.annotation for one in parameters}
        del taking.__wrapped__
        return taking  # type: ignore[return-value]

    return decorate


def _parameters(
    group: type[OptionGroup], without: tuple[str, ...], helps: Mapping[str, str]
) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for one in fields(group):
        annotation = hints[one.name]
        if _is_group(annotation):
            yield from _parameters(annotation, without, helps)
        elif one.name not in without:
            if one.name in helps:
                info = copy.copy(annotation.__metadata__[0])
                info.help = helps[one.name]
                annotation = Annotated[annotation.__origin__, info]
            yield inspect.Parameter(
                one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=annotation
            )


def _make(group: type[Group], values: Mapping[str, Any]) -> Group:
    hints = get_type_hints(group)
    made = {name: values[name] for name in hints if name in values}
    return group(**made, **{name: _make(hint, values) for name, hint in hints.items() if _is_group(hint)})


def _is_group(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, OptionGroup)
