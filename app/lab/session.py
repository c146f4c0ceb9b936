"""The ``lab`` object that a notebook works with."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation
from app.course.lesson import Lesson
from app.course.overlay import Overlay
from app.course.shops import shop_after, shop_before
from app.lab.checks.burst import send_burst
from app.lab.checks.opening import opened
from app.lab.checks.outcome import CheckRefused, Outcome
from app.lab.display.code import Code
from app.lab.display.notebook import progress_bar, show
from app.lab.display.notes import Note, hint, source
from app.lab.display.table import Table
from app.lab.learner.predictions import Predictions
from app.lab.serving.exchange import Exchange, exchange
from app.lab.serving.server import Server
from app.lab.wire.postgres_tap import Writes
from app.shop.database import Database
from app.shop.settings import Settings

if TYPE_CHECKING:
    from app.lab.frameworks.comparisons import Comparisons
    from app.lab.frameworks.pydantic_versions import PydanticComparison
    from app.lab.load import Comparison, Measurement, Ratio, Request, Target
    from app.lab.services import Client, Lease

App = FastAPI | APIRouter
OpenDatabase = Callable[[Settings], Database]


class Lab:
    """One notebook's session: a private database, the shop served on it, and the instruments."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._lease: Lease | None = None
        self._server: Server | None = None
        self._lesson: Lesson | None = None
        self._predictions = Predictions()
        self._writes = 0
        self._made: WeakKeyDictionary[FastAPI, Lease] = WeakKeyDictionary()
        self.last_outcome: dict[str, Any] | None = None

    # Setting up.

    async def start(self, slug: str) -> Note:
        """Serve the shop as lesson ``slug`` finds it, on a copy of the database as it was loaded.

        Run again, it begins anew: the old server is stopped, and a copy of the database that was
        written to is dropped for a fresh one.
        """
        try:
            self._lesson = lesson_named(slug)
        except LookupError as error:
            raise CourseError(str(error.args[0])) from None
        self._stop_server()
        self._predictions = Predictions()
        with progress_bar() as report:
            await asyncio.to_thread(self._renew_lease, report)
        server = self._serve(self.shop())
        return Note(self._status(server))

    async def close(self) -> None:
        """Stop the server, drop the database copy, let go of the services."""
        self._stop_server()
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        self._client = self._lease = None

    def shop(
        self,
        *routers: APIRouter,
        database: OpenDatabase | None = None,
        middleware: Sequence[Middleware] | None = None,
        after: str | None = None,
    ) -> FastAPI:
        """The shop as this lesson finds it, or ``after`` a lesson, with parts laid over it.

        A router's endpoints answer in place of the shop's; ``database`` opens another pool.
        """
        settings = self.settings
        overlay = Overlay(
            routers=routers,
            middleware=(lambda _: middleware) if middleware is not None else None,
            database=partial(opened, database) if database else None,
        )
        if after is None:
            app = shop_before(self._current.slug, settings, overlay)
        else:
            app = shop_after(after, settings, overlay)
        assert self._lease is not None
        self._made[app] = self._lease
        return app

    def serve(self, app: App | None = None) -> Note:
        """Serve ``app`` from now on. A router is laid over the shop as this lesson finds it."""
        self._stop_server()
        server = self._serve(self._as_app(app))
        return Note(f"Serving at {server.url}")

    @property
    def settings(self) -> Settings:
        """What the shop needs to reach this notebook's database and Redis."""
        if self._lease is None:
            raise CourseError("Nothing runs yet. Run the cell with `await lab.start(…)` first.")
        return Settings(
            database_url=self._lease.database_url,
            redis_url=self._lease.redis_url,
            redis_prefix=self._lease.redis_prefix,
        )

    @asynccontextmanager
    async def connection_limit(self, limit: int) -> AsyncIterator[Settings]:
        """Settings with which at most ``limit`` connections to this database can be open."""
        from app.lab.serving.connection_limit import connection_limit

        async with connection_limit(self.settings.database_url, limit) as database_url:
            yield self.settings.model_copy(update={"database_url": database_url})

    @property
    def url(self) -> str:
        """Where the shop is served."""
        return self._live_server().url

    # Looking and measuring.

    async def get(self, path: str, *, warm: bool = True, token: str | None = None) -> Exchange:
        """One GET: its answer, its work counters and its waterfall.

        The second of two identical requests is told, so that the connection is open and its
        statements are prepared. ``warm=False`` tells the first.
        """
        return await exchange(self._live_server(), path, warm=warm, token=token)

    async def post(self, path: str, body: Any, *, token: str | None = None) -> Exchange:
        """One POST of ``body`` as JSON: its answer, its work counters and its waterfall."""
        return await exchange(self._live_server(), path, method="POST", body=body, token=token)

    async def log_in(self) -> str:
        """A token of the test account, for what only a customer may ask or write."""
        from app.lab.serving.log_in import log_in

        return await log_in(self._live_server().url)

    async def burst(
        self, path: str, *, requests: int, connections: int | None = None
    ) -> BurstObservation:
        """Many GETs at once, ``connections`` of them at a time (all): how they were answered."""
        return await send_burst(Burst(path, requests, connections or requests), self._live_server())

    async def compare(
        self,
        path: "str | Sequence[Request]",
        arms: Mapping[str, App | str],
        *,
        connections: int = 8,
        seconds: float = 15,
        **options: Any,
    ) -> "Comparison":
        """Measure the arms against each other under the same load, in turn and in random order:
        one path, or a mix of requests.

        An arm is an application, a router to lay over the shop, or a URL on this machine. The first
        is what the others are compared with. Eight connections keep one worker busy and fit into
        its pool, so that what is measured is the work and not the queue.
        """
        from app.lab.load import compare
        from app.lab.serving.observer import Inside

        with ExitStack() as stack, progress_bar() as report:
            servers = self._arms(stack, arms)
            return await compare(
                {name: _target(_url(servers.get(name, arm)), path) for name, arm in arms.items()},
                connections=connections,
                seconds=seconds,
                on_progress=report,
                observers={name: Inside(server) for name, server in servers.items()},
                **options,
            )

    async def measure(
        self, path: str, app: App | str | None = None, **options: Any
    ) -> "Measurement":
        """Measure one application under load: what is served now, ``app``, or the server at a URL
        on this machine."""
        from app.lab.load import Target, measure
        from app.lab.serving.observer import Inside

        with ExitStack() as stack, progress_bar() as report:
            if isinstance(app, str):
                return await measure(Target(app + path), on_progress=report, **options)
            server = (
                self._live_server() if app is None else self._temporary(stack, self._as_app(app))
            )
            return await measure(
                Target(server.url + path),
                on_progress=report,
                observer=Inside(server),
                **options,
            )

    async def frameworks(self, *, seconds: float = 60, only: Sequence[str] = ()) -> "Comparisons":
        """The same jobs in FastAPI, Flask, Django, Express and Gin, as far as they run here.

        ``seconds`` of load in all, beside what it takes to start them and to check their answers.
        """
        from app.lab.frameworks.measure import compare_frameworks

        with progress_bar() as report:
            return await compare_frameworks(seconds=seconds, only=only, on_progress=report)

    def pydantic(self, *, seconds: float = 4) -> "PydanticComparison":
        """The shop's own models under Pydantic 2 and under Pydantic 1."""
        from app.lab.frameworks.pydantic_versions import compare_pydantic

        return compare_pydantic(seconds=seconds)

    def source(self, thing: Callable[..., Any] | type) -> Code:
        """The source of a part of the shop."""
        return source(thing)

    # Learning.

    def predict(self, **numbers: float | None) -> Note:
        """Write down what you expect before you measure it."""
        from app.lab.learner.progress import record_predictions

        written = {name: value for name, value in numbers.items() if value is not None}
        if written:
            record_predictions(self._current.slug, written)
        return Note(self._predictions.write(numbers))

    def recall(self, **measured: "float | Ratio | None") -> Table:
        """What you predicted beside what was measured."""
        return self._predictions.beside(measured)

    async def check(self, answer: Any) -> Outcome | None:
        """Check this lesson's exercise. Raises ``CheckRefused`` when the answer does not pass."""
        from app.lab.authoring.project import this_project
        from app.lab.checks.check import check
        from app.lab.guidance.advice import advised
        from app.lab.learner.progress import record

        found = await check(self._current.slug, answer, self.settings)
        outcome = advised(found, this_project())
        self.last_outcome = outcome.to_json()
        show(outcome)
        await asyncio.to_thread(record, self._current.slug, outcome.outcome)
        if outcome.outcome in ("wrong", "error"):
            raise CheckRefused(outcome)
        return None

    def hint(self, layer: int = 1) -> Note:
        """A hint for this lesson's exercise, from 1 (where to look) to 4 (the solution's path)."""
        from app.lab.checks.check import exercise_of
        from app.lab.learner.progress import record_hint

        shown = hint(exercise_of(self._current.slug).hints, layer)
        record_hint(self._current.slug, layer)
        return shown

    def solution(self) -> Code | Note:
        """The solution's cell, once you have passed, failed two checks or read the last hint."""
        from app.lab.authoring.project import this_project
        from app.lab.guidance.solution import solution
        from app.lab.learner.progress import entry_of

        slug = self._current.slug
        return solution(slug, entry_of(slug), this_project())

    def reset(self) -> Code | Note:
        """The exercise's cell as shipped: below this one, or in its place where ``lab.reset()`` is
        all that the cell to edit holds."""
        from app.lab.authoring.project import this_project
        from app.lab.guidance.reset_here import reset_here

        return reset_here(self._current.slug, this_project(), Path.cwd())

    def progress(self) -> Table:
        """Which exercises you have passed."""
        from app.lab.learner.progress import table

        return table()

    async def doctor(self) -> Table:
        """What the course needs from this machine, and whether it is there."""
        from app.lab.machine.doctor import examine, report

        return report(await asyncio.to_thread(examine))

    # Inside.

    @property
    def _current(self) -> Lesson:
        if self._lesson is None:
            raise CourseError("No lesson runs yet. Run the cell with `await lab.start(…)` first.")
        return self._lesson

    def _renew_lease(self, report: Callable[[str, float], None]) -> None:
        from app.lab.services import ServicesError, connect

        if self._lease is not None and Writes.seen == self._writes and self._is_alive():
            return
        held, self._lease = self._lease, None
        if self._client is not None and held is not None:
            try:
                self._client.release(held)
            except ServicesError:
                self._client = None
        if self._client is None:
            self._client = connect(f"kernel {os.getpid()}", on_progress=report)
        self._lease = self._client.lease(on_progress=report)
        self._writes = Writes.seen

    def _is_alive(self) -> bool:
        """Whether the supervisor still answers, and with it the servers."""
        from app.lab.services import ServicesError

        try:
            assert self._client is not None
            self._client.find_services()
        except ServicesError:
            self._client = None
            return False
        return True

    def _as_app(self, app: App | None) -> FastAPI:
        if app is None:
            return self.shop()
        if isinstance(app, APIRouter):
            return self.shop(app)
        if self._made.get(app, self._lease) != self._lease:
            raise CourseError(
                "This application was made for a copy of the database that is gone since "
                "`lab.start` ran again. Run the cell that makes the application again, too."
            )
        return app

    def _serve(self, app: FastAPI) -> Server:
        self._server = Server(app)
        return self._server

    def _temporary(self, stack: ExitStack, app: FastAPI) -> Server:
        if self._server is not None and self._server.alive and self._server.app is app:
            return self._server
        server = Server(app)
        stack.callback(server.stop)
        return server

    def _arms(self, stack: ExitStack, arms: "Mapping[str, App | str]") -> dict[str, Server]:
        """A server for each arm that is not a URL; the same application gets the same server."""
        servers: dict[int, Server] = {}
        for arm in arms.values():
            if not isinstance(arm, str) and id(arm) not in servers:
                servers[id(arm)] = self._temporary(stack, self._as_app(arm))
        return {name: servers[id(arm)] for name, arm in arms.items() if not isinstance(arm, str)}

    def _live_server(self) -> Server:
        if self._server is None or not self._server.alive:
            raise CourseError("Nothing is served. Run the cell with `await lab.start(…)` again.")
        return self._server

    def _stop_server(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _status(self, server: Server) -> str:
        assert self._client is not None
        lesson = self._current
        services = []
        for name, service in (("PostgreSQL", self._client.postgres), ("Redis", self._client.redis)):
            services.append(service.name if service.url and service.name else f"no {name}")
        return (
            f"{', '.join(services)}. The shop as lesson {lesson.place:02d}, *{lesson.slug}*, "
            f"finds it, at {server.url}"
        )


def _target(url: str, asked: "str | Sequence[Request]") -> "Target":
    from app.lab.checks.load_trial import requests_of
    from app.lab.load import Target

    return Target(url + asked) if isinstance(asked, str) else Target(url, requests_of(asked))


def _url(arm: Any) -> str:
    return arm.url if isinstance(arm, Server) else str(arm)
