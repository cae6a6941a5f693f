"""The entry point: a table of commands, and one place where errors become messages."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from onoma.cli.completing import COMPLETING, words_to_complete
from onoma.cli.failures import describe_failure, is_of_disk, wants_memory
from onoma.cli.processes import one_voice
from onoma.cli.streams import let_go, prepare_streams
from onoma.cli.switches import CommandOfSwitches
from onoma.cli.terminal import escaping
from onoma.errors import StoppedError
from onoma.reports.escapes import visible

COMMANDS = {
    "train": "onoma.cli.train",
    "evaluate": "onoma.cli.evaluate",
    "score": "onoma.cli.score",
    "predict": "onoma.cli.predict",
    "annotate": "onoma.cli.annotate",
    "redact": "onoma.cli.redact",
    "retrain": "onoma.cli.retrain",
    "select": "onoma.cli.select",
    "calibrate": "onoma.cli.calibrate",
    "export": "onoma.cli.export",
    "card": "onoma.cli.card",
    "serve": "onoma.cli.serve",
    "compare": "onoma.cli.compare",
    "decide": "onoma.cli.decide",
    "tune": "onoma.cli.tune",
    "inspect": "onoma.cli.inspect",
    "convert": "onoma.cli.convert",
    "split": "onoma.cli.split",
    "vectors": "onoma.cli.vectors",
    "pretrain": "onoma.cli.pretrain",
    "encoder": "onoma.cli.encoder",
    "distill": "onoma.cli.distill",
    "weak": "onoma.cli.weak",
    "models": "onoma.cli.models",
    "formats": "onoma.cli.formats",
    "completion": "onoma.cli.completion",
}
"""Command name -> module with a function `command` that Typer understands, or a Typer `group` of several."""

EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 a check failed, 2 wrong usage or unusable input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        prepare_streams()
    with escaping():
        return _settle(given, alone=arguments is None)


def _settle(given: list[str], *, alone: bool) -> int:
    """Run one command; what is wrong with its use or input becomes one line.

    Args:
        given: the command line.
        alone: the process is there for this command.
    """
    try:
        with one_voice(given):
            code = _run(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        let_go(sys.stdout)
        return 0
    except BaseException as error:  # a panic of a library in Rust is no Exception
        message = describe_failure(error)
        if message is None:
            raise
        print(f"onoma: error: {visible(message, one_line=True)}", file=sys.stderr)
        if is_of_disk(error):
            let_go(sys.stdout)
        if alone and wants_memory(error):
            # An orderly end takes memory, too: libraries that get none for their threads abort.
            sys.stderr.flush()
            os._exit(EXIT_USAGE)
        return EXIT_USAGE


def _guard(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Settle how a command may end early: a reader of our output that has left, Ctrl-C, a stop in good order.

    Typer would settle the first two otherwise.
    """

    @functools.wraps(command)
    def guarded(*arguments: Any, **options: Any) -> int | None:
        try:
            return command(*arguments, **options)
        except BrokenPipeError:
            let_go(sys.stdout)  # head or less has seen enough; that is its right
            return 0
        except KeyboardInterrupt:
            print("onoma: interrupted", file=sys.stderr)
            return _EXIT_INTERRUPTED
        except StoppedError as stopped:
            print(stopped, file=sys.stderr)
            return stopped.exit_code

    return guarded


def build_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the command line, with these commands; each is imported here."""
    app = typer.Typer(
        name="onoma",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, no_args_is_help=True)(_options)
    for name in names:
        module = import_module(COMMANDS[name])
        if hasattr(module, "group"):
            for one in module.group.registered_commands:
                one.cls = CommandOfSwitches
            app.add_typer(module.group, name=name)
        else:
            app.command(name, cls=CommandOfSwitches)(_guard(module.command))
    return app


def _run(arguments: list[str]) -> int:
    # Only the command that was called is imported; help, or a wrong name, needs all of them (they are light).
    called = [name for name in (words_to_complete() or arguments)[:1] if name in COMMANDS]
    app = build_app(called or COMMANDS)
    try:
        result = app(arguments, standalone_mode=False, complete_var=COMPLETING)
    except Exception as error:
        # Typer carries its own copy of Click from 0.20 on: its usage errors are known by what they can do.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show(file=sys.stderr)  # by itself it may find a stream beneath ours
        return EXIT_USAGE
    return result if isinstance(result, int) else 0


def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Train, compare and ship named-entity recognisers."""
    if version:
        import onoma
        from onoma.decode.compiled import kernel_name

        print(f"onoma {onoma.__version__}, decoding: {kernel_name()}")
        raise typer.Exit
