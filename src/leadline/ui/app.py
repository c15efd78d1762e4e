"""The page as an ASGI application: its addresses, and what each answers."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from leadline.develop.climb import turn_named
from leadline.errors import ArgumentError, LeadlineError
from leadline.record import Record, Run, Turn, compare
from leadline.report.page import environment
from leadline.report.turns import score_told
from leadline.ui import views
from leadline.ui.guard import Guard, Key
from leadline.ui.live import stamp
from leadline.ui.reports import report
from leadline.ui.start import Starter
from leadline.words import _, language, told

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

__all__ = ["application"]

FILES = {
    "report.css": "text/css",
    "report.js": "text/javascript",
    "ui.css": "text/css",
    "ui.js": "text/javascript",
}
"""All that is served as it stands, and what it is; no address is ever taken for a path."""


def application(record: Record, key: Key, starter: Starter) -> Starlette:
    """The page over a record.

    Args:
        record: The record; it is read anew for every answer.
        key: Who may ask.
        starter: Starts turns; what it started ends with the application.
    """
    pages = _Pages(record, starter, environment("leadline.ui", "leadline.report"))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(starter.end_all)

    return Starlette(
        routes=[
            Route("/", pages.runs),
            Route("/runs/{run:int}", pages.run),
            Route("/runs/{run:int}/stamp", pages.stamp),
            Route("/runs/{run:int}/report", pages.report),
            Route("/runs/{run:int}/turns/{turn:int}/report", pages.report),
            Route("/runs/{run:int}/next", pages.start, methods=["POST"]),
            Route("/runs/{run:int}/stop", pages.stop, methods=["POST"]),
            Route("/compare", pages.compare),
            Route("/static/{name}", pages.file),
        ],
        middleware=[Middleware(Guard, key=key)],
        exception_handlers={LeadlineError: pages.refused, HTTPException: pages.missing},
        lifespan=lifespan,
    )


def _one_at_a_time(answer: Callable[[_Pages, Request], Response]) -> Callable[[_Pages, Request], Response]:
    """Charts are drawn under settings of matplotlib that all threads share."""

    @functools.wraps(answer)
    def alone(self: _Pages, request: Request) -> Response:
        with self.lock:
            return answer(self, request)

    return alone


@dataclass
class _Pages:
    """What the addresses answer."""

    record: Record
    starter: Starter
    templates: Environment
    lock: threading.Lock = field(default_factory=threading.Lock)

    @_one_at_a_time
    def runs(self, _: Request) -> Response:
        found = self.record.runs()
        lines = views.lines(found, [self.record.turns(run.number) for run in found])
        return self._page("runs.html", runs=lines, score=score_told(self.record.advice_score()))

    @_one_at_a_time
    def run(self, request: Request) -> Response:
        run, turns = self._read(request)
        at_work, log = self.starter.is_running(run.number), self.starter.written(run.number)
        mark = stamp(run, turns, log, at_work=at_work)
        return self._page("run.html", walk=views.walk(run, turns, at_work=at_work), stamp=mark, log=log, is_ours=at_work)

    def stamp(self, request: Request) -> Response:
        run, turns = self._read(request)
        at_work, log = self.starter.is_running(run.number), self.starter.written(run.number)
        return JSONResponse({"stamp": stamp(run, turns, log, at_work=at_work)})

    @_one_at_a_time
    def report(self, request: Request) -> Response:
        text, policy = report(*self._read(request), request.path_params.get("turn"))
        return HTMLResponse(text, headers={"content-security-policy": policy})

    @_one_at_a_time
    def compare(self, request: Request) -> Response:
        first, second = (turn_named(self.record, request.query_params.get(name, "")) for name in ("first", "second"))
        return self._page("compare.html", both=views.compared((first, second), compare(first, second)))

    async def start(self, request: Request) -> Response:
        asked = parse_qs((await request.body()).decode("utf-8", errors="replace")).get("remedy", [])
        await run_in_threadpool(self._start, request, asked)
        return self._back(request)

    def _start(self, request: Request, asked: list[str]) -> None:
        run, turns = self._read(request)
        shown, remedy = views.walk(run, turns), asked[0] if asked else None
        if not shown.goes_on or shown.line.state == "running":
            raise ArgumentError(
                _("Run {run} cannot go on from here: it is under way, or its data are not known.", run=run.number)
            )
        if (shown.line.state == "stopped") != (remedy is None) or remedy not in (None, *(step.key for step in shown.steps)):
            raise ArgumentError(
                _(
                    "{remedy} is not what the next turn of run {run} can be made with. Load its page anew.",
                    remedy=f"{remedy!r:.60}",
                    run=run.number,
                )
            )
        with self.lock:
            self.starter.start(run.number, remedy)

    async def stop(self, request: Request) -> Response:
        await run_in_threadpool(self.starter.end, request.path_params["run"])
        return self._back(request)

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise HTTPException(404)
        return Response(self.templates.get_template(name).render(), media_type=FILES[name])

    def refused(self, request: Request, error: Exception) -> Response:
        """What leadline refuses: an address that names nothing, or a record that cannot be read."""
        status = 404 if isinstance(error, ArgumentError) and request.method == "GET" else 409
        return self._page("refused.html", status, words=told(str(error)))

    def missing(self, _request: Request, error: Exception) -> Response:
        """An address that is none, or another method than it takes."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return self._page("refused.html", 404, words=_("There is no page at this address."))
        return PlainTextResponse(error.detail, error.status_code, headers=error.headers)

    def _read(self, request: Request) -> tuple[Run, tuple[Turn, ...]]:
        number = request.path_params["run"]
        return self.record.run(number), self.record.turns(number)

    def _back(self, request: Request) -> Response:
        return RedirectResponse(f"/runs/{request.path_params['run']}", 303)

    def _page(self, name: str, status: int = 200, /, **shown: Any) -> Response:
        record = self.record.database.path.name
        return HTMLResponse(self.templates.get_template(name).render(record=record, language=language(), **shown), status)
