"""The ``lab`` object that a notebook works with."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from fastapi import APIRouter
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation
from app.course.kinds.made import maker
from app.course.lesson import Lesson
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after, flaws_before
from app.lab.checks.burst import send_burst
from app.lab.checks.outcome import CheckRefused, Outcome
from app.lab.display.code import Code
from app.lab.display.notebook import progress_bar, show
from app.lab.display.notes import Note, hint, source
from app.lab.display.table import Table
from app.lab.learner.predictions import Predictions
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies, Copy
from app.lab.serving.exchange import Exchange, Exchanges, exchange
from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.settings import Settings

if TYPE_CHECKING:
    from app.lab.frameworks.comparisons import Comparisons
    from app.lab.frameworks.pydantic_versions import PydanticComparison
    from app.lab.load import Comparison, Measurement, Ratio, Request, Target
    from app.lab.load.offered import Rate
    from app.lab.services import Client

App: TypeAlias = Shop | APIRouter | ASGIApp
DEFAULT = "shop"
"""The name under which an application is served unless another one is given."""


class Lab:
    """One notebook's session: a private database, the shop served on it, and the instruments."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._copies: Copies | None = None
        self._copy: Copy | None = None
        self._arms: dict[str, Arm] = {}
        self._lesson: Lesson | None = None
        self._predictions = Predictions()
        self.last_outcome: dict[str, Any] | None = None

    # Setting up.

    async def start(self, slug: str) -> Note:
        """Serve the shop as lesson ``slug`` finds it, with everything fresh.

        Run again, it begins anew: all servers are stopped, the memory cache and the keys in Redis
        are new, and a copy of the database that was written to is replaced.
        """
        try:
            self._lesson = lesson_named(slug)
        except LookupError as error:
            raise CourseError(str(error.args[0])) from None
        self._stop_serving()
        self._predictions = Predictions()
        with progress_bar() as report:
            await asyncio.to_thread(self._renew_copy, report)
        self._serve(self.shop(), DEFAULT)
        return Note(self._status())

    async def close(self) -> None:
        """Stop all servers, drop the copies of the database, release the services."""
        self._stop_serving()
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        self._client = self._copies = self._copy = None

    def shop(
        self,
        *routers: APIRouter,
        database: Callable[[Settings], Database] | None = None,
        cache: Callable[[Settings], Cache] | None = None,
        middleware: Sequence[Middleware] | None = None,
        settings: Mapping[str, Any] | None = None,
        workers: int = 1,
        schema: Sequence[str] = (),
        after: str | None = None,
    ) -> Shop:
        """The shop as this lesson finds it, or ``after`` a lesson, with parts overlaid.

        It is a recipe: each time it is served or measured, a new application is built from it, with
        a pool and a cache of its own.

        Args:
            routers: Their endpoints answer in place of the shop's at the same path.
            database: A function that opens another pool.
            cache: A function that opens another cache.
            middleware: Layers in place of the shop's own, outermost first.
            settings: Knobs of the shop by name, such as ``{"pool_size": 5}``.
            workers: Processes that serve it.
            schema: SQL statements that change its own copy of the database before it starts.
            after: The slug of a lesson; "capstone" for the finished shop.

        Raises:
            CourseError: before the first ``lab.start``; for an unknown lesson or setting.
        """
        current = self._current
        try:
            flaws = flaws_before(current.slug) if after is None else flaws_after(after)
        except LookupError as error:
            raise CourseError(str(error.args[0])) from None
        overlay = Overlay(
            routers=routers,
            middleware=(lambda _: middleware) if middleware is not None else None,
            database=maker(database, Database) if database else None,
            cache=cache,
        )
        return Shop(flaws, overlay, dict(settings or {}), workers, tuple(schema))

    def serve(self, app: App | None = None, *, at: str = DEFAULT) -> Note:
        """Serve ``app`` from now on, in place of what was served ``at`` the same name.

        Args:
            app: What ``lab.shop`` returns, a router to overlay onto the shop as this lesson finds
                it, or an ASGI application as it is. The shop as this lesson finds it by default.
                A shop is built anew, with an empty cache; the database stays the notebook's.
            at: A name of your choice. What is served at other names goes on, so that several
                servers can be addressed at once: ``lab.get("/api/products/1", at="second")``.

        Raises:
            CourseError: before the first ``lab.start``; where the application does not start.
        """
        self._serve(self._as_app(app), at)
        return Note(f"Serving at {self._arm(at).url}")

    @property
    def settings(self) -> Settings:
        """How the shop that is served reaches this notebook's database and Redis."""
        arm = self._arms.get(DEFAULT)
        if arm is not None and arm.settings is not None:
            return arm.settings
        copies, copy = self._services()
        return copies.settings(copy)

    @asynccontextmanager
    async def connection_limit(self, limit: int) -> AsyncIterator[Settings]:
        """Settings with which at most ``limit`` connections to this database can be open."""
        from app.lab.serving.connection_limit import connection_limit

        settings = self.settings
        async with connection_limit(settings.database_url, limit) as database_url:
            yield settings.model_copy(update={"database_url": database_url})

    @property
    def url(self) -> str:
        """Where the shop is served."""
        return self._arm(DEFAULT).url

    @property
    def urls(self) -> tuple[str, ...]:
        """Where each worker of the shop answers by itself; ``lab.get(…, at=lab.urls[1])`` makes a
        request to the second."""
        return self._arm(DEFAULT).host.urls

    # Looking and measuring.

    @overload
    async def get(
        self,
        path: str,
        *,
        show: Literal["first", "second"] = "second",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Exchange: ...

    @overload
    async def get(
        self,
        path: str,
        *,
        show: Literal["both"],
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Exchanges: ...

    async def get(
        self,
        path: str,
        *,
        show: Literal["first", "second", "both"] = "second",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Exchange | Exchanges:
        """One GET: its answer, its work counters and its waterfall.

        Args:
            path: With its query string, such as ``/api/orders?limit=20``.
            show: "second" of two identical requests, so that the connection is open and its
                statements are prepared, as for all but a server's first requests; "first", and no
                other is made; or "both".
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Any others.
            at: The name that an application is served at, or the URL of one worker.

        Raises:
            CourseError: where nothing is served.
        """
        if show not in ("first", "second", "both"):
            raise CourseError(f'show is "first", "second" or "both", not {show!r}.')
        arm, url = self._address(at)
        seen = [
            await exchange(arm.host, path, headers=headers, token=token, at=url)
            for _ in range(1 if show == "first" else 2)
        ]
        return Exchanges(*seen) if show == "both" else seen[-1]

    async def post(
        self,
        path: str,
        body: Any,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Exchange:
        """One POST: its answer, its work counters and its waterfall.

        Args:
            path: As for ``lab.get``.
            body: Text or bytes are sent as they are, anything else as JSON, ``None`` as no body.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Any others.
            at: The name that an application is served at, or the URL of one worker.

        Raises:
            CourseError: where nothing is served.
        """
        return await self.request("POST", path, body, token=token, headers=headers, at=at)

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Exchange:
        """One request with any method, such as PATCH or DELETE; otherwise like ``lab.post``."""
        arm, url = self._address(at)
        return await exchange(
            arm.host, path, method=method, body=body, token=token, headers=headers, at=url
        )

    async def log_in(self) -> str:
        """A token of the test account, for what only a customer may read or write."""
        from app.lab.serving.log_in import log_in

        return await log_in(self.url)

    async def burst(
        self,
        path: str,
        *,
        requests: int,
        connections: int | None = None,
        at: str = DEFAULT,
    ) -> BurstObservation:
        """Many GETs at once, ``connections`` of them at a time (all): how they were answered."""
        burst = Burst(path, requests, connections or requests)
        return await send_burst(burst, self._arm(at).host)

    async def compare(
        self,
        path: "str | Sequence[Request]",
        arms: Mapping[str, App | str],
        *,
        connections: int = 8,
        seconds: float = 15,
        rate: "Rate" = None,
        width: float = 0.1,
        window: float = 0.2,
        floor: bool = False,
        same_answer: bool = True,
    ) -> "Comparison":
        """Measure the arms against the first of them under the same load, in turn and in random
        order.

        Arms made from a shop have a cache and a Redis prefix of their own. If the load only reads,
        they share the notebook's copy of the database; otherwise each has its own.

        Args:
            path: What is requested, or a mix of ``Request``.
            arms: By name, each an application, a router to overlay onto the shop, or a URL on this
                machine.
            connections: Kept busy at the same time. Eight keep one worker busy and fit into its
                pool, so that what is measured is the work and not the queue.
            seconds: At most, for all arms together.
            rate: Requests per second of an open loop, the same for every arm; "auto" for 60 % of
                what the slowest can do; ``None`` for a closed loop.
            width: It ends early once every 95 % interval is at most this wide; 0.1 is about ±5 %.
            window: Seconds of load on one arm at a time.
            floor: Whether the first arm takes part a second time, as the noise floor.
            same_answer: Whether arms that answer differently make the comparison invalid.

        Raises:
            CourseError: where an arm does not start, or nobody answers at a URL.
        """
        from app.lab.load import compare

        with ExitStack() as stack, progress_bar() as report:
            live = self._open_arms(stack, arms, own_copies=_writes(path))
            return await compare(
                {
                    name: _target(live[name].url if name in live else str(arm), path)
                    for name, arm in arms.items()
                },
                connections=connections,
                seconds=seconds,
                rate=rate,
                width=width,
                window=window,
                floor=floor,
                same_answer=same_answer,
                on_progress=report,
                observers={name: arm.host.observer() for name, arm in live.items()},
            )

    async def measure(
        self,
        path: str,
        app: App | str | None = None,
        *,
        connections: int = 32,
        seconds: float = 5,
        rate: "Rate" = None,
        windows: int = 1,
    ) -> "Measurement":
        """Measure one application under load.

        Args:
            path: What is requested.
            app: What is served now by default; or an application, a router, or a URL on this
                machine.
            connections: Kept busy at the same time.
            seconds: How long, in all.
            rate: Requests per second of an open loop; ``None`` for a closed loop.
            windows: Parts that the time is divided into, to see how they differ.

        Raises:
            CourseError: where the application does not start, or nobody answers at a URL.
        """
        from app.lab.load import Target, measure

        with ExitStack() as stack, progress_bar() as report:
            arm = None
            if not isinstance(app, str):
                arm = self._arm() if app is None else self._open(stack, app)
            return await measure(
                Target((arm.url if arm else str(app)) + path),
                connections=connections,
                seconds=seconds,
                rate=rate,
                windows=windows,
                on_progress=report,
                observer=arm.host.observer() if arm else None,
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

        copies, _ = self._services()
        found = await check(self._current.slug, answer, copies)
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

    def _services(self) -> tuple[Copies, Copy]:
        if self._copies is None or self._copy is None:
            raise CourseError("Nothing runs yet. Run the cell with `await lab.start(…)` first.")
        return self._copies, self._copy

    def _renew_copy(self, report: Callable[[str, float], None]) -> None:
        from app.lab.services import connect

        if self._copy is not None and self._copy.clean and self._is_alive():
            return
        if self._copies is not None and self._copy is not None and self._client is not None:
            self._copies.release(self._copy)
        self._copy = None
        if self._client is None or not self._is_alive():
            self._client = connect(f"kernel {os.getpid()}", on_progress=report)
            self._copies = Copies(self._client)
        assert self._copies is not None
        self._copy = self._copies.acquire(report)

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

    def _as_app(self, app: App | None) -> Shop | ASGIApp:
        if app is None:
            return self.shop()
        return self.shop(app) if isinstance(app, APIRouter) else app

    def _serve(self, app: Shop | ASGIApp, name: str) -> None:
        copies, copy = self._services()
        if before := self._arms.pop(name, None):
            before.close()
        self._arms[name] = Arm(app, copies, copy=copy)

    def _open(self, stack: ExitStack, app: App, *, own_copy: bool = False) -> Arm:
        """An arm until ``stack`` is closed."""
        copies, copy = self._services()
        return stack.enter_context(Arm(self._as_app(app), copies, copy=None if own_copy else copy))

    def _open_arms(
        self, stack: ExitStack, arms: "Mapping[str, App | str]", *, own_copies: bool
    ) -> dict[str, Arm]:
        """An arm for each that is not a URL; the same application is served once."""
        opened: dict[int, Arm] = {}
        for app in arms.values():
            if not isinstance(app, str) and id(app) not in opened:
                opened[id(app)] = self._open(stack, app, own_copy=own_copies)
        return {name: opened[id(app)] for name, app in arms.items() if not isinstance(app, str)}

    def _arm(self, name: str = DEFAULT) -> Arm:
        arm = self._arms.get(name)
        if arm is None or not arm.host.alive:
            if name == DEFAULT:
                raise CourseError(
                    "Nothing is served. Run the cell with `await lab.start(…)` again."
                )
            raise CourseError(f"Nothing is served at {name!r}. Use `lab.serve(…, at={name!r})`.")
        return arm

    def _address(self, at: str) -> tuple[Arm, str | None]:
        """The arm served at a name, or the arm and the URL of one of its workers."""
        for arm in self._arms.values():
            if at in (arm.url, *arm.host.urls):
                return arm, at
        return self._arm(at), None

    def _stop_serving(self) -> None:
        while self._arms:
            _, arm = self._arms.popitem()
            arm.close()

    def _status(self) -> str:
        assert self._client is not None
        lesson = self._current
        services = []
        for name, service in (("PostgreSQL", self._client.postgres), ("Redis", self._client.redis)):
            services.append(service.name if service.url and service.name else f"no {name}")
        return (
            f"{', '.join(services)}. The shop as lesson {lesson.place:02d}, *{lesson.slug}*, "
            f"finds it, at {self.url}"
        )


def _target(url: str, asked: "str | Sequence[Request]") -> "Target":
    from app.lab.checks.load_trial import requests_of
    from app.lab.load import Target

    return Target(url + asked) if isinstance(asked, str) else Target(url, requests_of(asked))


def _writes(asked: "str | Sequence[Request]") -> bool:
    """Whether any request may change the data."""
    return not isinstance(asked, str) and any(
        request.method not in ("GET", "HEAD") for request in asked
    )
