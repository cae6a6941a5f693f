"""``onoma serve``: models over HTTP."""

from __future__ import annotations

import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from onoma.cli.answering import Answering
from onoma.cli.option_groups import takes
from onoma.cli.studio import Studio
from onoma.threads import MOST_THREADS

_NEEDED = ("fastapi", "uvicorn", "prometheus_client")


@takes(Studio)
@takes(Answering)
def command(
    *,
    models: Annotated[
        list[str],
        typer.Argument(metavar="[NAME=]MODEL...", help="Runs or bundles; the first is the default model."),
    ],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port, 0 for any free one.")] = 8080,
    host: Annotated[
        str, typer.Option("--host", help="Address; other than loopback only with --token-file.")
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="File with the token that clients have to send.")
    ] = None,
    threads: Annotated[
        int, typer.Option("--threads", min=1, max=MOST_THREADS, help="Threads of the encoder.")
    ] = 1,
    answering: Answering,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.001, max=3600, help="Seconds a request may take.")
    ] = 30.0,
    queue: Annotated[
        int, typer.Option("--queue", min=1, help="Requests that may wait for each model; more get 429.")
    ] = 256,
    batch_tokens: Annotated[
        int, typer.Option("--batch-tokens", min=1, help="Tokens tagged at once, of all that wait.")
    ] = 8_192,
    max_body: Annotated[int, typer.Option("--max-body", min=1, help="Bytes of a request.")] = 1 << 20,
    max_texts: Annotated[int, typer.Option("--max-texts", min=1, help="Texts of a request.")] = 256,
    workers: Annotated[
        int,
        typer.Option("--workers", min=1, help="Processes that serve, each with its own copy of the models."),
    ] = 1,
    max_connections: Annotated[
        int, typer.Option("--max-connections", min=1, help="Open connections of a process.")
    ] = 4_096,
    head_timeout: Annotated[
        float,
        typer.Option(
            "--head-timeout",
            min=0.001,
            max=3600,
            help="Seconds in which the head of a request has to arrive.",
        ),
    ] = 10.0,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host",
            metavar="NAME",
            help="A name to be asked by beside localhost; with a token any, if none is given.",
        ),
    ] = None,
    allowed_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-origin",
            metavar="SITE",
            help="A site whose pages may ask, such as https://example.org.",
        ),
    ] = None,
    drain: Annotated[
        float,
        typer.Option(
            "--drain",
            min=0,
            max=3600,
            help="Seconds from SIGTERM, with /readyz 503, to the end of listening.",
        ),
    ] = 1.0,
    watch: Annotated[
        float,
        typer.Option("--watch", min=0, max=86400, help="Seconds between looks for a new bundle, 0 for none."),
    ] = 2.0,
    studio: Studio,
) -> int:
    """Serve models over HTTP, with a page to try them.

    SIGTERM answers what was accepted and exits with 0; SIGHUP loads the bundles again. No text is logged.
    """
    from onoma.errors import MissingExtraError
    from onoma.service.signals import held_back

    with held_back(signal.SIGHUP):  # it waits for what it is to reload
        if any(find_spec(name) is None for name in _NEEDED):
            raise MissingExtraError("FastAPI, uvicorn and prometheus-client", "serve")
        from onoma.service.limits import Limits
        from onoma.service.served import Loading, Source
        from onoma.service.server import read_token, serve
        from onoma.service.settings import ServerSettings

        limits = Limits(
            max_body=max_body,
            max_texts=max_texts,
            max_waiting=queue,
            max_waiting_characters=max(8 << 20, 2 * max_body),
            batch_tokens=batch_tokens,
            timeout=timeout,
        )
        settings = ServerSettings(
            host=host,
            port=port,
            token=read_token(token_file) if token_file else None,
            loading=Loading(threads, **answering.loading()),
            drain=drain,
            watch=watch,
            limits=limits,
            workers=workers,
            connections=max_connections,
            head_timeout=head_timeout,
            allowed_hosts=tuple(allowed_host or ()),
            allowed_origins=tuple(allowed_origin or ()),
            studio=studio.settings(workers),
        )
        return serve([Source.parse(model) for model in models], settings, _say)


def _say(note: str) -> None:
    print(f"onoma: {note}", file=sys.stderr, flush=True)
