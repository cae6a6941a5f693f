"""The routes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from time import monotonic
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

import onoma
from onoma.service.access import Access
from onoma.service.batching import QueueFullError, TooLateError, WorkerEndedError
from onoma.service.guard import GUARDED, Guard
from onoma.service.limits import Limits, read_request
from onoma.service.metrics import Metrics
from onoma.service.problems import FAILED, ProblemError
from onoma.service.schemas import ModelList, Problem, TagAnswer, as_json, request_schema
from onoma.service.served import ServedModel
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.service.label_studio.routes import Studio

_ASSETS = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/api.html": ("api.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Not JSON."},
    401: {"model": Problem, "description": "The token is missing or wrong."},
    403: {
        "model": Problem,
        "description": "Asked under a name, or by a page of a site, that is not allowed.",
    },
    404: {"model": Problem, "description": "No model of that name."},
    408: {"model": Problem, "description": "The body did not arrive in time."},
    413: {"model": Problem, "description": "The body is too long, or has too many texts."},
    415: {"model": Problem, "description": "The content type is not application/json."},
    422: {"model": Problem, "description": "JSON, but not as asked for."},
    429: {"model": Problem, "description": "Too much waits already; see Retry-After."},
    500: {"model": Problem, "description": "The model failed on these texts."},
    503: {"model": Problem, "description": "The server is ending; see Retry-After."},
    504: {"model": Problem, "description": "Time was over; work that had not begun was dropped."},
}
_OF_ALL: dict[int | str, dict[str, Any]] = {403: _REFUSALS[403]}
_OF_GUARDED: dict[int | str, dict[str, Any]] = {401: _REFUSALS[401], **_OF_ALL}
_DRAINING: dict[int | str, dict[str, Any]] = {
    503: {"description": "It is about to end.", "content": {"text/plain": {}}}
}


class Service:
    """Models, limits and figures, and the routes that use them.

    Args:
        models: by name; the first one answers requests that name none.
        limits: of each request.
        metrics: of the server.
    """

    def __init__(self, models: Mapping[str, ServedModel], limits: Limits, metrics: Metrics) -> None:
        self.models = models
        self.limits = limits
        self.metrics = metrics
        self.ready = True
        self._wakes = _Wakes()
        self.router = APIRouter()
        body = {"application/json": {"schema": request_schema(limits.max_texts)}}
        add = self.router.add_api_route
        add(
            "/v1/tag",
            self.tag,
            methods=["POST"],
            response_model=TagAnswer,
            responses=_REFUSALS,
            openapi_extra={"requestBody": {"required": True, "content": body}},
        )
        add("/v1/models", self.list_models, response_model=ModelList, responses=_OF_GUARDED)
        add("/livez", self.livez, response_class=Response, responses=_OF_ALL)
        add("/readyz", self.readyz, response_class=Response, responses=_OF_ALL | _DRAINING)
        add("/metrics", self.figures, response_class=Response, responses=_OF_GUARDED)

    async def tag(self, request: Request) -> Response:
        """Find the entities of one text or of several.

        Offsets count Unicode code points and are half-open: `text[start:end]`.
        """
        deadline = monotonic() + self.limits.timeout
        # With one model, a full queue is answered before the body is read.
        if len(self.models) == 1:
            with _refusals():
                next(iter(self.models.values())).batcher.check_room()
        asked = await read_request(request, self.limits)
        model = self._find(asked.model)
        documents = await self.wait(request, model, asked.all_texts, deadline)
        return Response(as_json(model.description, documents), media_type="application/json")

    async def tag_directly(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is asked of `tag` without the framework between: it takes as long as a short text."""
        try:
            answer = await self.tag(Request(scope, receive))
        except ProblemError as problem:
            answer = problem.response()
        await answer(scope, receive, send)

    async def list_models(self) -> ModelList:
        """List the models and the labels they give."""
        return ModelList(models=[model.description for model in self.models.values()])

    async def livez(self) -> Response:
        """Say that the process is alive."""
        return Response("ok\n", media_type="text/plain")

    async def readyz(self) -> Response:
        """Say whether new requests should be sent here: 503 from SIGTERM on."""
        if self.ready:
            return Response("ready\n", media_type="text/plain")
        return Response("draining\n", 503, media_type="text/plain")

    async def figures(self) -> Response:
        """Return figures for Prometheus."""
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _find(self, name: str | None) -> ServedModel:
        model = next(iter(self.models.values())) if name is None else self.models.get(name)
        if model is None:
            raise ProblemError(404, "no-such-model", "no model of that name; see /v1/models")
        return model

    async def wait(
        self, request: Request, model: ServedModel, texts: Sequence[str], deadline: float
    ) -> list[Document]:
        """Return the tagged texts when they are there.

        Args:
            request: whose client is listened for: what nobody waits for is not tagged.
            model: that is asked.
            texts: well-formed Unicode without NUL.
            deadline: by `time.monotonic`.

        Raises:
            ProblemError: 429 too much waits already, 503 the server ends, 504 too late, 499 the client left.
        """
        with _refusals():
            job = model.batcher.submit(texts, deadline)
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        job.add_done_callback(lambda _: self._wakes.add(loop, woken))
        leaving = loop.create_task(_leave(request))
        leaving.add_done_callback(lambda _: _wake(woken))
        timer = loop.call_later(deadline - monotonic(), _wake, woken)
        try:
            await woken
            if not job.done():
                job.cancel()  # unless it has begun
                raise _GONE if leaving.done() else _TOO_LATE
        finally:
            timer.cancel()
            leaving.cancel()
        try:
            return job.result()
        except TooLateError:
            raise _TOO_LATE from None


class _Wakes:
    """Wakes what waits for the worker: all of a batch in one turn of the loop, as a wake is a system call."""

    def __init__(self) -> None:
        self._due: deque[asyncio.Future[None]] = deque()
        self._called = False

    def add(self, loop: asyncio.AbstractEventLoop, woken: asyncio.Future[None]) -> None:
        """Wake soon; any thread may ask for it."""
        self._due.append(woken)
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        self._called = False  # first: what is added from here on calls again
        while self._due:
            _wake(self._due.popleft())


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


async def _leave(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


_GONE = ProblemError(499, "gone", "the client closed the connection before its answer was there")
"""Nobody reads it; the status, as nginx has it, is for the figures."""
_TOO_LATE = ProblemError(504, "too-late", "the time of the request was over before its answer was there")
_STOPPED = ProblemError(503, "stopping", "the server is ending", {"Retry-After": "1"})


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in HTTP why a queue takes nothing."""
    try:
        yield
    except QueueFullError as full:
        retry = {"Retry-After": str(full.retry_after)}
        raise ProblemError(
            429, "queue-full", "too many requests wait already; try again later", retry
        ) from None
    except WorkerEndedError:
        raise _STOPPED from None


def create_app(
    service: Service,
    token: bytes | None = None,
    access: Access | None = None,
    studio: Studio | None = None,
) -> Guard:
    """Return the application, guarded.

    Args:
        service: what answers.
        token: that clients have to send, None for none.
        access: names under which it answers and sites whose pages may ask, those of loopback when not given.
        studio: Label Studio's routes, None for none.
    """
    app = FastAPI(
        title="Onoma",
        version=onoma.__version__,
        description="Named entities, and document labels where the model gives them.",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.include_router(service.router)
    if studio is not None:
        app.include_router(studio.router)
    for path, (name, media_type) in _ASSETS.items():
        app.add_api_route(path, _asset(name, media_type), include_in_schema=False)
    app.add_exception_handler(ProblemError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(Exception, _refuse)  # is raised again, and the guard writes where it was
    if token is not None:
        _describe_token(app)
    own = ("/v1/tag", "/v1/models", "/livez", "/readyz", "/metrics", "/openapi.json")
    routes = frozenset((*_ASSETS, *own, *(studio.paths if studio else ())))
    direct = {("POST", "/v1/tag"): service.tag_directly}
    basic = studio.guarded if studio else frozenset()
    return Guard(app, service.metrics, routes, token, access or Access(hosts=()), direct, basic)


def _describe_token(app: FastAPI) -> None:
    """Let the description say which paths need a token: the guard, which asks for it, is no part of them."""
    describe = app.openapi

    def with_token() -> dict[str, Any]:
        found = describe()
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in found["paths"].items():
            for operation in operations.values() if path.startswith(GUARDED) else ():
                operation["security"] = [{"token": []}]
        return found

    app.openapi = with_token  # type: ignore[method-assign]


def _asset(name: str, media_type: str) -> Any:
    content = files("onoma.service").joinpath("web", name).read_bytes()

    async def answer() -> Response:
        return Response(content, media_type=media_type)

    return answer


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, ProblemError):
        return error.response()
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, "http", error.detail, error.headers).response()
    return FAILED.response()
