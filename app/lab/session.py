"""The ``lab`` object that a notebook works with."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, TypeVar, overload

from fastapi import APIRouter
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation
from app.course.http import Received
from app.course.kinds.made import maker
from app.course.kinds.several import Several
from app.course.lesson import Lesson
from app.course.network import Network
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after, flaws_before
from app.lab.checks.burst import send_burst
from app.lab.checks.outcome import CheckRefused
from app.lab.display.code import Code
from app.lab.display.notebook import Report, progress_bar, show
from app.lab.display.notes import Note, file_source, hint, source
from app.lab.display.pending import interrupted_in_one_line, must_be_awaited
from app.lab.display.table import Table
from app.lab.display.unknown import unknown_attribute
from app.lab.environment import prepare_process
from app.lab.learner.predictions import Predictions, predictions_of
from app.lab.load.target import check_path
from app.lab.machine.measuring_queue import measuring_turn
from app.lab.serving.arm import Arm
from app.lab.serving.connection_limit import connection_limit
from app.lab.serving.copies import Copies, Copy
from app.lab.serving.exchange import Exchange, Exchanges, exchange, repeated
from app.lab.serving.given import (
    check_application,
    check_arms,
    check_maker,
    check_middleware,
    check_routers,
)
from app.lab.serving.redis_needed import require_redis
from app.lab.serving.runaways import refuse_beside_runaways
from app.lab.serving.watchdog import watched
from app.lab.wire.middleware import MEMORY, OBJECTS, QUERIES, WAL
from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.settings import Settings

if TYPE_CHECKING:
    from app.lab.load import Comparison, Measurement, Ratio, Request, Target
    from app.lab.load.knee import Knee
    from app.lab.load.observer import Observer
    from app.lab.load.slo import ServiceLevels
    from app.lab.services import Client
    from app.lab.serving.activity import Activity
    from app.lab.serving.download import Download
    from app.lab.serving.plans import Plans
    from app.lab.serving.reader import Reader
    from app.lab.tools.deployment.deployment import Deployment
    from app.lab.tools.deployment.side_by_side import SideBySide
    from app.lab.tools.frameworks.comparisons import Comparisons
    from app.lab.tools.frameworks.pydantic_versions import PydanticComparison
    from app.lab.tools.locust.page import LocustPage
    from app.lab.tools.locust.run import LocustRun
    from app.lab.tools.profiling.profile import Profile

App: TypeAlias = Shop | APIRouter | ASGIApp
"""What can be served and measured: a recipe from ``lab.shop``, a router to overlay onto the shop,
or any ASGI application."""
DEFAULT = "shop"
"""The name under which an application is served unless another one is given."""

Result = TypeVar("Result")

_SELDOM = 1.0
"""Seconds between two looks at whether a measured application still answers."""


class Lab:
    """One notebook's session: a private database, the shop served on it, and the instruments."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._copies: Copies | None = None
        self._copy: Copy | None = None
        self._arms: dict[str, Arm] = {}
        self._deployments: dict[str, Deployment] = {}
        """By URL."""
        self._lesson: Lesson | None = None
        self._predictions = Predictions()
        self._page: LocustPage | None = None
        self.last_outcome: dict[str, Any] | None = None
        self._last: Any = None

    # Setting up.

    @must_be_awaited
    async def start(self, slug: str) -> Note:
        """Serve the shop as this lesson finds it, with everything fresh.

        Run again, it begins anew: all servers are stopped, the memory cache and the keys in Redis
        are new, and a copy of the database that was written to is replaced.

        Args:
            slug: The lesson, such as ``pooling``.

        Returns:
            Which servers are used, and the URL of the shop.

        Raises:
            CourseError: for an unknown lesson; when PostgreSQL or the shop does not start; when the
                lesson needs Redis and there is none, or cannot run on Windows.
        """
        from app.lab.authoring.project import this_project
        from app.lab.learner.asked import predictions_asked

        prepare_process()
        try:
            lesson = lesson_named(slug)
        except LookupError as error:
            raise CourseError(str(error.args[0])) from None
        if lesson != self._lesson:
            asked = predictions_asked(slug, this_project())
            self._predictions = await asyncio.to_thread(predictions_of, slug, asked)
            self._lesson = lesson
        self._stop_serving()
        with progress_bar() as report:
            await asyncio.to_thread(self._renew_copy, report)
        self._require_redis()
        self._require_posix()
        self._serve(self.shop(), DEFAULT)
        return Note(self._status())

    @must_be_awaited
    async def close(self) -> None:
        """Stop all servers, drop the copies of the database and release the services.

        It happens by itself when the kernel ends.
        """
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
        network: Network | None = None,
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
            settings: Settings of the shop by name, such as ``{"pool_size": 5}``.
            workers: The number of processes that serve it.
            schema: SQL statements that change its own copy of the database before it starts.
            network: What ``lab.network`` returns, for a shop that is further away from PostgreSQL,
                Redis and its clients than this machine is.
            after: The slug of a lesson; ``capstone`` for the finished shop.

        Returns:
            The recipe, for ``lab.serve``, ``lab.measure`` and ``lab.compare``.

        Raises:
            CourseError: before the first ``lab.start``; for an unknown lesson or setting, or a part
                that is none.
        """
        current = self._current
        check_routers(routers)
        check_maker(database, "database")
        check_maker(cache, "cache")
        check_middleware(middleware)
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
        return Shop(
            flaws, overlay, dict(settings or {}), workers, tuple(schema), network or Network()
        )

    def network(self, *, delay: float = 0.0, megabits_per_second: float | None = None) -> Network:
        """Describe a network to simulate: ``lab.shop(network=lab.network(delay=0.005))``.

        Every byte is still sent and every counter stays the same; what travels arrives later. With
        a delay, each connection that the application opens takes a round trip longer, and each
        response on it. With several workers, each has an equal share of the bandwidth.

        Args:
            delay: Seconds that a round trip to PostgreSQL or Redis takes longer, at most 1. In one
                data centre it is about 0.0005, between neighbouring ones 0.002, between continents
                0.1.
            megabits_per_second: The bandwidth to the clients and from them, shared by all
                connections. By default there is no limit.

        Returns:
            The network, for ``lab.shop``.

        Raises:
            CourseError: for a delay or a bandwidth that is not possible.
        """
        return Network(delay, megabits_per_second)

    @interrupted_in_one_line
    def serve(self, app: App | None = None, *, at: str = DEFAULT) -> Note:
        """Serve an application from now on, in place of what was served under the same name.

        Args:
            app: What ``lab.shop`` returns, a router to overlay onto the shop as this lesson finds
                it, or any ASGI application. By default the shop as this lesson finds it. A shop is
                built anew, with an empty cache; the database stays the notebook's.
            at: A name of your choice. What is served under other names goes on, so that several
                servers can be addressed at once: ``lab.get("/api/products/1", at="second")``.

        Returns:
            The URL.

        Raises:
            CourseError: before the first ``lab.start``; when the application does not start.
        """
        self._serve(self._as_app(app), at)
        return Note(f"Serving at {self._arm(at).url}")

    @property
    def settings(self) -> Settings:
        """The settings with which the shop that is served reaches this notebook's database and
        Redis.

        Raises:
            CourseError: before the first ``lab.start``.
        """
        arm = self._arms.get(DEFAULT)
        if arm is not None and arm.settings is not None:
            return arm.settings
        copies, copy = self._services()
        return copies.settings(copy)

    @asynccontextmanager
    async def connection_limit(self, limit: int) -> AsyncIterator[Settings]:
        """Limit the connections that can be open to this notebook's database.

        One more is refused as a full server refuses it, with SQLSTATE 53300. Afterwards the limit
        is gone.

        Args:
            limit: The most connections at a time.

        Yields:
            Settings with which the limit applies.

        Raises:
            CourseError: before the first ``lab.start``; when PostgreSQL does not answer.
        """
        settings = self.settings
        async with connection_limit(settings.database_url, limit) as database_url:
            yield settings.model_copy(update={"database_url": database_url})

    @asynccontextmanager
    async def workers(
        self,
        manager: str = "uvicorn",
        workers: int = 2,
        *,
        app: Shop | APIRouter | None = None,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        max_connections: int | None = None,
        cores: int | None = None,
    ) -> "AsyncIterator[Deployment]":
        """Run the shop as in production: worker processes that a process manager starts, replaces
        and ends.

        Nothing is counted in them. They end with the block.

        Args:
            manager: ``uvicorn``, ``gunicorn`` with its own ASGI worker, ``uvicorn-worker`` for
                Gunicorn with that one, or ``granian``.
            workers: The number of processes.
            app: What ``lab.shop`` returns, or a router to overlay onto the shop. By default the
                shop as this lesson finds it.
            settings: Settings of the shop by name, such as ``{"pool_size": 5}``.
            options: Options of the manager's command by name, such as
                ``{"timeout_graceful_shutdown": 5}`` for ``--timeout-graceful-shutdown 5``. ``True``
                stands for ``--name``, ``False`` for ``--no-name``.
            max_connections: The most connections to PostgreSQL that it may have open, all workers
                together; by default as many as the server allows.
            cores: How many cores all processes share, the last ones of the machine, where the
                system can pin processes; by default all.

        Yields:
            The deployment: its ``url``, the ``pids`` of its workers, ``start_seconds``, the
            ``memory`` of each worker, ``own`` and ``shared``, in bytes, and ``memory_together``.
            ``await shop.connections()`` is the number of connections that PostgreSQL says are open.
            ``await shop.ask(path, requests)`` sends requests at once: how many were ``answered``
            with 200, and how many had which of the ``statuses`` and by which of the ``workers``.
            ``await shop.restart(patience=60)`` replaces all workers while customers keep asking,
            and waits so many seconds for the old ones to end: how many requests were ``answered``
            and ``lost``, whether it was ``completed``, the ``peak_workers``, how many of the
            ``new`` ones have ``loaded`` the application, the ``longest_wait`` of a customer and the
            ``seconds`` it took. ``async with shop.idle_clients(number)`` has clients that send
            nothing, and ``shop.stalled_client(path)`` one that does not read its response.

        Raises:
            CourseError: before the first ``lab.start``; on Windows; for an unknown manager, setting
                or option; with the reason where the shop does not start.
        """
        from app.lab.load.affinity import last_cores
        from app.lab.tools.deployment.deployment import Deployment
        from app.lab.tools.deployment.managers import manager_named

        found = manager_named(manager)
        shop = self._as_app(app)
        if not isinstance(shop, Shop):
            raise CourseError("Only a shop or a router can be run by a process manager.")
        shop = shop.with_settings(settings or {}).with_workers(workers)
        copies, copy = self._services()
        copy.written_elsewhere = True
        configured = shop.configured(copies.settings(copy))
        async with AsyncExitStack() as stack:
            if max_connections is not None:
                limited = connection_limit(configured.database_url, max_connections)
                url = await stack.enter_async_context(limited)
                configured = configured.model_copy(update={"database_url": url})
            deployment = Deployment(
                found,
                shop,
                configured,
                workers=workers,
                options=options or {},
                cores=last_cores(cores),
            )
            self._deployments[deployment.url] = await stack.enter_async_context(deployment)
            stack.callback(self._deployments.pop, deployment.url)
            yield deployment

    @must_be_awaited
    async def managers(self, *, seconds: float = 15) -> "SideBySide":
        """Run the shop under each process manager, and compare them.

        It takes a minute or two: each starts two workers, has one of them blocked, and replaces
        both while customers keep asking; then one worker of each is measured, all on the same core.

        Args:
            seconds: The longest time of the measurement, in seconds of load for all together.

        Returns:
            The ``managers``, with what was seen of each, and their ``speed`` as a comparison with
            the first.

        Raises:
            CourseError: before the first ``lab.start``; on Windows; where one does not start.
        """
        from app.lab.tools.deployment.managers import MANAGERS
        from app.lab.tools.deployment.side_by_side import SideBySide, examine, grace_options
        from app.lab.tools.deployment.trial_routes import router

        examined = []
        for name, manager in MANAGERS.items():
            options = grace_options(manager.grace_option)
            async with self.workers(name, 2, app=router, options=options) as shop:
                examined.append(await examine(shop))
        async with AsyncExitStack() as stack:
            arms = {}
            for name, manager in MANAGERS.items():
                one = await stack.enter_async_context(self.workers(name, 1, cores=1))
                arms[manager.title] = one.url
            speed = await self.compare("/api/orders", arms, seconds=seconds)
        return self._keep(SideBySide(examined, speed))

    @property
    def url(self) -> str:
        """Where the shop is served, without a path.

        Raises:
            CourseError: when nothing is served.
        """
        return self._arm(DEFAULT).url

    @property
    def urls(self) -> tuple[str, ...]:
        """Where each worker of the shop answers by itself; ``lab.get(…, at=lab.urls[1])`` makes a
        request to the second.

        Raises:
            CourseError: when nothing is served.
        """
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
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
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
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchanges: ...

    @must_be_awaited
    async def get(
        self,
        path: str,
        *,
        show: Literal["first", "second", "both"] = "second",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange | Exchanges:
        """Make one GET request.

        Args:
            path: With its query string, such as ``/api/orders?limit=20``.
            show: ``"second"`` of two identical requests, so that the connection is open and its
                statements are prepared, as they are for all but a server's first requests;
                ``"first"``, and no other is made; or ``"both"``.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            The ``status``, the decoded ``answer``, the ``body`` as bytes and the ``headers``, the
            counters in ``work``, the SQL ``statements``, the ``seconds`` until the server was done,
            and the ``client_seconds`` until its last byte had arrived. ``longest_chain`` is the
            most round trips to PostgreSQL of which each had to wait for the one before: because the
            same task sent both, because one task started or waited for the other, or because both
            needed the same connection. ``peak_in_use`` is the most connections to PostgreSQL
            that the request had in use at a time, acquired from a pool or with a statement or
            transaction under way, and ``left_in_use`` how many it still had in use when it was
            over. It is shown with its waterfall. Two of them, ``first`` and ``second``, for
            ``show="both"``.

            If asked for, also its ``wal``: ``bytes``, ``records`` and ``full_page_images``, or
            ``None`` where they cannot be known, as on a server older than PostgreSQL 18; and its
            ``peak_memory``, the most bytes that its Python objects took at one time, besides the
            body of the request as it arrived. A long response counts twice, because the notebook
            receives it in the same process; with several workers it does not.

            And its ``objects``: ORM objects ``loaded``; models and dataclasses that Pydantic built,
            in ``validations`` and, without validating, ``constructed``; all three together in
            ``built``; ``encoder_calls``, the calls of FastAPI's ``jsonable_encoder``; and how often
            Pydantic converted a value to plain Python objects (``python_dumps``) or wrote it as
            JSON (``json_dumps``).

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        check_path(path)
        if show not in ("first", "second", "both"):
            raise CourseError(f'show is "first", "second" or "both", not {show!r}.')
        arm, url = self._address(at)

        async def request() -> Exchange:
            return await exchange(
                arm.host,
                path,
                headers=headers,
                token=token,
                at=url,
                instruments=_instruments(wal=wal, memory=memory, objects=objects),
            )

        first = await request()
        if show == "first":
            return self._keep(first)
        second = await repeated(request)
        return self._keep(Exchanges(first, second) if show == "both" else second)

    @must_be_awaited
    async def post(
        self,
        path: str,
        body: Any,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange:
        """Make one POST request.

        Args:
            path: With its query string.
            body: Text and bytes are sent as they are, anything else as JSON, ``None`` as no body.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            As for ``lab.get``.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        return await self.request(
            "POST",
            path,
            body,
            token=token,
            headers=headers,
            at=at,
            wal=wal,
            memory=memory,
            objects=objects,
        )

    @must_be_awaited
    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange:
        """Make one request with any method, such as PATCH or DELETE.

        Args:
            method: In capital letters.
            path: With its query string.
            body: Text and bytes are sent as they are, anything else as JSON, ``None`` as no body.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            As for ``lab.get``.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        check_path(path)
        arm, url = self._address(at)
        return self._keep(
            await exchange(
                arm.host,
                path,
                method=method,
                body=body,
                token=token,
                headers=headers,
                at=url,
                instruments=_instruments(wal=wal, memory=memory, objects=objects),
            )
        )

    @must_be_awaited
    async def raw(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Received:
        """Make one request and read the response from the socket, with everything that is wrong
        with it.

        Other clients forgive, repair or decode what they receive. This one does nothing of the
        kind: the headers are those that were sent, with duplicates, and the body is as encoded as
        it was sent. It sends no headers of its own but ``Host`` and ``Connection: close``.

        Args:
            path: With its query string.
            method: In capital letters.
            headers: Further headers by name, such as ``{"Accept-Encoding": "gzip"}``.
            at: The name that an application is served under, or the URL of one worker.

        Returns:
            The ``status``, the ``headers`` as pairs, the ``body`` in bytes, and the ``faults``:
            each violation of HTTP in a sentence, such as two lengths for one body, or a body that
            breaks off. ``value(name)`` and ``values(name)`` look a header up.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
        """
        from app.lab.serving.strict_client import StrictClient

        check_path(path)
        arm, url = self._address(at)
        client = StrictClient(url or arm.url)
        return self._keep(
            await watched([arm.host], client.request(path, method=method, headers=headers))
        )

    @must_be_awaited
    async def download(
        self,
        path: str,
        app: App | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> "Download":
        """Make one GET request of a process of its own, and watch its memory.

        The process is started for this request, so nothing else is in its memory. The response is
        read as fast as it arrives and not kept.

        Args:
            path: With its query string.
            app: What ``lab.shop`` returns, or a router to overlay onto the shop. By default the
                shop as this lesson finds it.
            headers: Further headers by name.

        Returns:
            The ``status``, the ``size`` in bytes and the ``lines`` of the body, and whether it is
            ``complete``. ``memory`` is by how many bytes the process was larger than before, at the
            most. Of the ``flow`` of the rows, ``peak`` is the most that were in flight, received
            from PostgreSQL and not yet sent, and ``rows_at_first_byte`` how many had been received
            when the first byte was sent; both for a response with a line for each row. ``work`` has
            the counters.

        Raises:
            CourseError: before the first ``lab.start``; when the shop does not start, or nothing
                arrives for a minute; for an application that is no shop.
        """
        from app.lab.serving.download import download
        from app.lab.serving.workers import Workers

        check_path(path)
        shop = self._as_app(app)
        if not isinstance(shop, Shop):
            raise CourseError("Only a shop or a router can be served in a process of its own.")
        copies, copy = self._services()
        with Arm(shop, copies, copy=copy, own_process=True) as arm:
            assert isinstance(arm.host, Workers)
            return self._keep(await watched([arm.host], download(arm.host, path, headers)))

    @asynccontextmanager
    async def reader(
        self, path: str, *, headers: Mapping[str, str] | None = None, at: str = DEFAULT
    ) -> "AsyncIterator[Reader]":
        """Make one GET request and read the response at your own pace, over a real socket.

        It begins with the head of the response. Of the body, only what is asked for is received,
        and what fits into the buffers of the system. At the end of the block the reader goes away:
        the connection is closed, whatever is left of the response.

        Args:
            path: With its query string.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.

        Yields:
            The reader: ``await reader.read(1024)`` returns the next bytes of the body, fewer where
            it ends, and ``reader.rest()`` iterates over all others. ``status`` and ``headers`` are
            those of the response, ``complete`` says whether it has ended as HTTP says, and ``flow``
            how many rows the server has received from PostgreSQL and sent so far. ``await
            reader.finished()`` waits until the server is done with the request, also after the
            block.

        Raises:
            CourseError: when nothing is served, or nothing arrives for a minute.
        """
        from app.lab.serving.reader import reading

        check_path(path)
        arm, url = self._address(at)
        async with reading(arm.host, path, url=url, headers=headers) as reader:
            yield reader

    @must_be_awaited
    async def activity(self) -> "Activity":
        """Look at what PostgreSQL is doing for this notebook's database.

        Returns:
            One item for each connection that has a statement running or a transaction open: its
            ``state``, what it ``waits_for``, whether it ``holds_snapshot``, and its ``query``.

        Raises:
            CourseError: before the first ``lab.start``.
        """
        from app.lab.serving.activity import activity

        return self._keep(await activity(self.settings.database_url))

    @must_be_awaited
    async def explain(
        self,
        what: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> "Plans":
        """Show how PostgreSQL executes the statements of a GET request, or one statement.

        The request is made twice, and the statements of the second one are explained, with the
        values that they were sent with. Those that read are executed once more for it.

        Args:
            what: A path with its query string, or SQL without parameters.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.

        Returns:
            One item for each different execution, with its ``text``, which function of the
            application it was ``sent_by``, and its ``plan``, a tree with estimated rows, actual
            rows, rows read from tables and blocks looked at. ``rows_read`` and ``blocks`` are those
            of all together.

        Raises:
            CourseError: before the first ``lab.start``; when nothing is served or PostgreSQL does
                not answer; for a request of very many statements, and for SQL that cannot be
                explained.
        """
        from app.lab.serving.explain import explain, explain_sql

        if not what.startswith("/"):
            return self._keep(await explain_sql(self.settings.database_url, what))
        arm, url = self._address(at)
        settings = arm.settings or self.settings

        async def request() -> Exchange:
            return await exchange(
                arm.host, what, headers=headers, token=token, at=url, instruments=[QUERIES]
            )

        await request()
        seen = await repeated(request)
        return self._keep(await explain(settings.database_url, seen.trace.queries))

    @must_be_awaited
    async def profile(
        self,
        path: str,
        app: App | None = None,
        *,
        seconds: float = 2,
        idle: bool = False,
        from_start: bool = False,
        inside: bool = False,
    ) -> "Profile":
        """Sample the call stacks of a shop while it answers GET requests, with py-spy.

        The shop runs in a process of its own, or in several. Where the operating system refuses
        py-spy, pyinstrument samples the event loop from inside that process.

        Args:
            path: With its query string.
            app: What ``lab.shop`` returns, or a router to overlay onto the shop. By default the
                shop as this lesson finds it.
            seconds: How long to sample.
            idle: Whether to include what waits: the event loop's thread is then sampled all the
                time, otherwise any thread is while it uses a processor.
            from_start: Whether py-spy starts the processes, and records them from then on.
            inside: Whether to use pyinstrument although py-spy may be allowed.

        Returns:
            Its ``share(function)``, the ``functions()`` as a table, the ``command`` for a terminal
            and the ``processes``, where there are several; shown as a flame graph and as text.

        Raises:
            CourseError: before the first ``lab.start``; when the shop does not start or no request
                succeeds; for an application that is no shop, or a py-spy that fails.
        """
        from app.lab.serving.workers import Workers
        from app.lab.tools.profiling.profiling import profile_from_start, profile_running
        from app.lab.tools.profiling.py_spy import PySpyRefused

        check_path(path)
        shop = self._as_app(app)
        if not isinstance(shop, Shop):
            raise CourseError("Only a shop or a router can be served in a process of its own.")
        copies, copy = self._services()
        if from_start and not inside:
            copy.written_elsewhere = True
            with suppress(PySpyRefused):
                settings = shop.configured(copies.settings(copy))
                return self._keep(
                    await profile_from_start(shop, settings, path, seconds=seconds, idle=idle)
                )
        with Arm(shop, copies, copy=copy, own_process=True) as arm:
            assert isinstance(arm.host, Workers)
            found = profile_running(arm.host, path, seconds=seconds, idle=idle, inside=inside)
            return self._keep(await watched([arm.host], found, every=_SELDOM))

    @must_be_awaited
    async def log_in(self) -> str:
        """Log the test account in, for what only a customer may read or write.

        Returns:
            A bearer token of the shop that is served, for the ``token`` of a request.

        Raises:
            CourseError: when nothing is served, or the shop refuses the account.
        """
        from app.lab.serving.log_in import log_in

        return await log_in(self.url)

    @must_be_awaited
    async def burst(
        self,
        path: str,
        *,
        requests: int,
        connections: int | None = None,
        barrier: bool = False,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> BurstObservation:
        """Make many GET requests at once.

        Args:
            path: With its query string.
            requests: How many in all.
            connections: How many at a time; by default all of them.
            barrier: Whether the server holds the requests until the last one has arrived, so that
                all of them are in progress at the same time. Otherwise some may have been answered
                before others arrive.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under.

        Returns:
            How many got which status in ``statuses`` (0: the connection broke), and the counters of
            all together in ``work``. The most connections to PostgreSQL at a time: open in
            ``peak_connections``, in use in ``peak_in_use``, and in use by one request in
            ``peak_in_use_per_request``.

        Raises:
            CourseError: when nothing is served; for a barrier with fewer connections than requests,
                or several workers.
        """
        check_path(path)
        burst = Burst(path, requests, connections or requests, barrier, headers=headers or {})
        return self._keep(await send_burst(burst, self._arm(at).host, token))

    @must_be_awaited
    async def compare(
        self,
        path: "str | Sequence[Request]",
        arms: Mapping[str, App | str],
        *,
        connections: int = 8,
        seconds: float = 15,
        rate: 'float | Literal["auto"] | None' = None,
        width: float = 0.1,
        window: float = 0.2,
        floor: bool = False,
        same_answer: bool = True,
        objects: bool = False,
    ) -> "Comparison":
        """Measure arms against the first of them under the same load, in turn and in random order.

        It waits while another notebook on this machine measures. Arms made from a shop have a cache
        and a Redis prefix of their own. If the load only reads, they share the notebook's copy of
        the database; otherwise each has its own.

        Args:
            path: What is requested, with its query string, or a mix of ``Request``.
            arms: By name, each an application, a router to overlay onto the shop, or a URL on this
                machine.
            connections: How many are kept busy at the same time. Eight keep one worker busy and fit
                into its pool, so that what is measured is the work and not the queue.
            seconds: The longest time, in seconds of load for all arms together.
            rate: The requests per second of an open loop, the same for every arm; ``"auto"`` is 60
                % of what the slowest can do. ``None`` is a closed loop: each connection sends its
                next request when it has the response.
            width: The comparison ends early once every 95 % interval is at most this wide, as a
                share of its ratio; 0.1 is about ±5 %.
            window: The seconds of load on one arm at a time.
            floor: Whether the first arm takes part a second time, as the noise floor.
            same_answer: Whether arms whose answers differ make the comparison invalid.
            objects: Whether to count, as ``lab.get`` does, the objects that Python builds for one
                request to each arm, made before the load. Needs a single request, and no mix.

        Returns:
            The speed of each arm as a multiple of the first arm's in ``ratios``, with intervals, or
            ``None`` where the comparison is invalid; ``verdicts``, which are *cannot tell* in a run
            where the first arm differs from itself as much; the counters per request in ``work``,
            the ``objects`` if asked for; and the ``measurements``, all by name.

        Raises:
            CourseError: for fewer than two arms or a rate of zero; for the objects of a mix; when
                an arm does not start, or no server answers at a URL.
        """
        from app.lab.load import compare
        from app.lab.serving.objects import objects_of

        refuse_beside_runaways()
        check_arms(arms)
        load = path if isinstance(path, str) else _requests(path)
        if isinstance(path, str):
            check_path(path)
        counted = _single(load) if objects else None
        async with self._turn() as (report, stack):
            live = self._open_arms(stack, arms, own_copies=_writes(load))
            built = {} if counted is None else await objects_of(counted, live)
            work = compare(
                {
                    name: _target(live[name].url if name in live else str(arm), load)
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
                observers={
                    **{name: arm.host.observer() for name, arm in live.items()},
                    **self._deployed(arms),
                },
            )
            found = await watched([arm.host for arm in live.values()], work, every=_SELDOM)
            return self._keep(replace(found, objects=built))

    @must_be_awaited
    async def measure(
        self,
        path: str,
        app: App | str | None = None,
        *,
        connections: int = 32,
        seconds: float = 5,
        rate: 'float | Literal["auto"] | None' = None,
        windows: int = 1,
    ) -> "Measurement":
        """Measure one application under load.

        It waits while another notebook on this machine measures.

        Args:
            path: What is requested, with its query string.
            app: An application, a router to overlay onto the shop, or a URL on this machine without
                a path. By default what is served now.
            connections: How many are kept busy at the same time.
            seconds: How long, in seconds of load.
            rate: The requests per second of an open loop; ``"auto"`` is 60 % of what the
                application can do. ``None`` is a closed loop: each connection sends its next
                request when it has the response.
            windows: The number of equal parts into which the time is divided, to see how they
                differ.

        Returns:
            Requests per second in ``rps``, milliseconds from ``percentile(0.99)`` and others, the
            ``errors`` by kind, the counters of all requests in ``work``, and the ``windows``.

        Raises:
            CourseError: for a rate of zero; when the application does not start, or no server
                answers at the URL.
        """
        from app.lab.load import Target, measure

        refuse_beside_runaways()
        check_path(path)
        if app is not None and not isinstance(app, str):
            check_application(app)
        async with self._turn() as (report, stack):
            arm = None
            if not isinstance(app, str):
                arm = self._arm() if app is None else self._open(stack, app)
            work = measure(
                Target((arm.url if arm else str(app)) + path),
                connections=connections,
                seconds=seconds,
                rate=rate,
                windows=windows,
                on_progress=report,
                observer=arm.host.observer() if arm else None,
            )
            return self._keep(await watched([arm.host] if arm else [], work, every=_SELDOM))

    @must_be_awaited
    async def knee(self, path: str, app: App | None = None, *, seconds: float = 24) -> "Knee":
        """Measure how the response time grows with the rate at which requests arrive.

        It waits while another notebook on this machine measures.

        Args:
            path: What is requested, with its query string.
            app: An application or a router to overlay onto the shop. By default what is served now.
            seconds: How long, in seconds of load in all.

        Returns:
            The ``capacity`` in a closed loop, in requests per second, and in ``steps`` a
            measurement in an open loop at each of several shares of it. It is shown as a chart.

        Raises:
            CourseError: when the application does not start.
        """
        from app.lab.load import Target
        from app.lab.load.knee import find_knee

        refuse_beside_runaways()
        check_path(path)
        async with self._turn() as (report, stack):
            arm = self._arm() if app is None else self._open(stack, app)
            work = find_knee(
                Target(arm.url + path),
                seconds=seconds,
                observer=arm.host.observer(),
                on_progress=report,
            )
            return self._keep(await watched([arm.host], work, every=_SELDOM))

    @must_be_awaited
    async def slo(
        self,
        app: App | None = None,
        *,
        rate: float = 1_000,
        p50_ms: float = 50,
        p99_ms: float = 200,
        errors: float = 0.1,
        cpu: float = 70,
        seconds: float = 30,
    ) -> "ServiceLevels":
        """Judge a shop by its objectives under the load of an ordinary day, as ``course slo`` does.

        It is served by a process of its own, on a copy of the database of its own. It waits while
        another notebook on this machine measures.

        Args:
            app: What ``lab.shop`` returns, or a router to overlay onto the shop. By default the
                shop as this lesson finds it.
            rate: The requests per second that are sent, and must be answered.
            p50_ms: Milliseconds within which half of them must be answered.
            p99_ms: Milliseconds within which 99 % of them must be.
            errors: The percentage that may fail.
            cpu: The percentage of all cores that the server's processes may use.
            seconds: How long, in seconds of load.

        Returns:
            The verdict on each objective, *met*, *missed* or *cannot tell*; whether all are
            ``met``; and the ``exit_code`` that ``course slo`` would have.

        Raises:
            CourseError: when the shop does not start; for an application that is no shop.
        """
        from app.lab.load.objectives import Objectives
        from app.lab.load.slo import check_objectives
        from app.lab.serving.log_in import log_in

        refuse_beside_runaways()
        shop = self._as_app(app)
        if not isinstance(shop, Shop):
            raise CourseError("Only a shop or a router gets the load of an ordinary day.")
        copies, _ = self._services()
        async with self._turn() as (report, stack):
            arm = stack.enter_context(Arm(shop, copies, own_process=True))
            work = check_objectives(
                arm.url,
                await log_in(arm.url),
                Objectives(rate, p50_ms, p99_ms, errors, cpu),
                seconds=seconds,
                observer=arm.host.observer(),
                on_progress=report,
            )
            return self._keep(await watched([arm.host], work, every=_SELDOM))

    @must_be_awaited
    async def locust(
        self,
        locustfile: str | Path,
        app: App | None = None,
        *,
        users: int,
        seconds: float = 10,
        processes: int = 1,
        report: str | Path | None = None,
    ) -> "LocustRun":
        """Run Locust, in a process of its own, and watch what the server receives.

        All users start at once, and at the end each finishes its task. The shop is served with an
        empty cache. It waits while another notebook on this machine measures.

        Args:
            locustfile: Its path, or its text.
            app: An application or a router to overlay onto the shop. By default the shop as this
                lesson finds it.
            users: How many.
            seconds: How long, from when the last user is done with its ``on_start``.
            processes: Locust's own. Several share the users, and one more collects their numbers.
            report: The file in which Locust saves its own report, as HTML.

        Returns:
            What Locust says: its ``exit_code``, ``requests`` and ``failures``, ``rps``,
            ``percentile(0.99)`` in milliseconds, and its whole ``results``. What the server says:
            the requests that it has ``seen``, of which ``seen.products`` are those of one product,
            with the number of ``distinct`` ones and their ``hit_rate``; and the counters in
            ``work``.

        Raises:
            CourseError: for a locustfile that cannot be read or does not start, numbers that are
                not possible, or an application that does not start.
        """
        from app.lab.load.schedule import short_seconds
        from app.lab.serving.recorder import Recorder
        from app.lab.tools.locust.plan import Plan
        from app.lab.tools.locust.run import LocustRun
        from app.lab.tools.locust.running import run_locust

        refuse_beside_runaways()
        async with self._turn() as (_, stack):
            recorder = Recorder()
            arm = self._open(stack, self.shop() if app is None else app, around=recorder.around)
            plan = Plan(
                host=arm.url,
                users=users,
                seconds=short_seconds(seconds),
                processes=processes,
                report=None if report is None else Path(report),
            )
            before = arm.host.total
            work = run_locust(locustfile, plan)
            results = await watched([arm.host], work, every=_SELDOM)
            seen, total = recorder.visits, arm.host.total - before
        return self._keep(LocustRun(users, results, seen, total, plan.report))

    @must_be_awaited
    async def locust_page(self, locustfile: str | Path) -> "LocustPage":
        """Start Locust with its web page, for the shop that is served, to try numbers of users.

        It runs until its ``close()``, the next page, or the end of the kernel.

        Args:
            locustfile: Its path, or its text.

        Returns:
            The page, shown as a link to where it is on this machine.

        Raises:
            CourseError: when nothing is served; for a locustfile that cannot be read or does not
                start.
        """
        from app.lab.tools.locust.page import LocustPage

        url = self.url
        self._close_page()
        self._page = await asyncio.to_thread(LocustPage, locustfile, url)
        return self._keep(await self._page.started())

    @must_be_awaited
    async def frameworks(self, *, seconds: float = 60, only: Sequence[str] = ()) -> "Comparisons":
        """Measure the same jobs in FastAPI, Flask, Django, Express and Gin, as far as they run
        here.

        Args:
            seconds: Of load in all. Starting them and checking their answers takes up to two
                minutes more; the first time also the installation of Express and the compilation of
                Gin.
            only: The slugs of some of them, such as ``["fastapi", "gin"]``; by default all.

        Returns:
            Its ``summary()`` and ``tables()``, ``ratios()`` to FastAPI, and ``row(slug, job)`` for
            one measurement.

        Raises:
            CourseError: when PostgreSQL cannot be had, or none of them runs here.
        """
        from app.lab.tools.frameworks.measure import compare_frameworks

        refuse_beside_runaways()
        async with self._turn() as (report, _):
            return self._keep(
                await compare_frameworks(seconds=seconds, only=only, on_progress=report)
            )

    @interrupted_in_one_line
    def pydantic(self, *, seconds: float = 4) -> "PydanticComparison":
        """Measure the shop's own models under Pydantic 2 and under Pydantic 1.

        Args:
            seconds: For all tasks together.

        Returns:
            Microseconds per task for either version and their ratio, or the ``problem`` that
            prevents
            it: Pydantic 1 does not run on Python 3.14 and later.
        """
        from app.lab.tools.frameworks.pydantic_versions import compare_pydantic

        refuse_beside_runaways()
        return self._keep(compare_pydantic(seconds=seconds))

    @property
    def last(self) -> Any:
        """The latest result, such as one that came while the browser's tab was closed.

        A kernel goes on without a browser, but what a cell would have shown meanwhile is lost.

        Raises:
            CourseError: before the first result.
        """
        if self._last is None:
            raise CourseError("There is no result yet.")
        return self._last

    def source(self, thing: Callable[..., Any] | type | str | Path) -> Code:
        """Show the source of a part of the shop, or a file.

        Args:
            thing: A function, a method or a class; a path such as ``/api/orders``, for the
                endpoint with which the application that is served answers a GET request; or a
                ``Path`` of a file.

        Returns:
            Its code, below the name of its file.

        Raises:
            CourseError: for a path before anything is served, or without an endpoint.
            OSError: for something that was not read from a file.
        """
        if isinstance(thing, Path):
            return file_source(thing)
        return source(self._endpoint(thing) if isinstance(thing, str) else thing)

    def _endpoint(self, path: str) -> Callable[..., Any]:
        from app.lab.serving.endpoint import endpoint_at

        arm = self._arm(DEFAULT)
        app = arm.app.build(arm.settings or self.settings) if isinstance(arm.app, Shop) else arm.app
        return endpoint_at(getattr(app, "routes", ()), path)

    # Learning.

    def predict(self, *unnamed: object, **numbers: float | None) -> Note:
        """Write down what you expect before you measure it.

        It is kept in your record, until you predict something else under the same name.

        Args:
            unnamed: Nothing: a prediction needs a name.
            numbers: A number by its name, as in ``lab.predict(round_trips=7)``; ``None`` for one
                that is not written yet.

        Returns:
            The numbers that were written down.

        Raises:
            CourseError: before the first ``lab.start``; for a prediction without a name, or one
                that is not a number.
        """
        from app.lab.learner.progress import record_predictions

        slug = self._current.slug
        note = Note(self._predictions.write({} if unnamed else numbers))
        if self._predictions.numbers:
            record_predictions(slug, self._predictions.numbers)
        return note

    @property
    def seed(self) -> int:
        """A number of your own, for an exercise that differs from learner to learner. It is drawn
        once for each lesson and kept in your record.

        Raises:
            CourseError: before the first ``lab.start``; when it cannot be recorded.
        """
        from app.lab.learner.progress import seed_of

        return seed_of(self._current.slug)

    def recall(self, **measured: "float | Ratio | None") -> Table:
        """Put what was measured beside what you predicted.

        Args:
            measured: A number or a ratio by the name it was predicted under.

        Returns:
            A row for each name: both numbers, the interval of a ratio, and by how much the
            prediction was too high or too low. A number that is missing is a dash.
        """
        return self._predictions.beside(measured)

    @must_be_awaited
    async def check(self, *answers: Any) -> None:
        """Check your answer to this lesson's exercise, and record the outcome.

        A box shows it: passed, not yet, an error, or not attempted.

        Args:
            answers: What the exercise asks for: a router, a function or a value.

        Raises:
            CheckRefused: for an answer that does not pass, so that no further cell runs.
            CourseError: before the first ``lab.start``; when the outcome cannot be recorded.
        """
        from app.lab.authoring.project import this_project
        from app.lab.checks.check import check
        from app.lab.learner.advice import advised
        from app.lab.learner.progress import record

        copies, _ = self._services()
        self._require_redis()
        if not answers:
            raise CourseError("Hand your answer in: `lab.check(…)`.")
        answer = answers[0] if len(answers) == 1 else Several(answers)
        found = await check(self._current.slug, answer, copies, self.seed)
        outcome = advised(found, this_project()) if found.attempted else found
        self.last_outcome = outcome.to_json()
        show(self._keep(outcome))
        if outcome.attempted:
            await asyncio.to_thread(record, self._current.slug, outcome.outcome)
        if outcome.outcome in ("wrong", "error"):
            raise CheckRefused(outcome)

    def hint(self, layer: int = 1) -> Note:
        """Show a hint for this lesson's exercise.

        Args:
            layer: From 1, where to look, to 4, an outline of the solution.

        Returns:
            The hint.

        Raises:
            CourseError: before the first ``lab.start``; for any other number.
        """
        from app.lab.checks.check import exercise_of
        from app.lab.learner.progress import record_hint

        shown = hint(exercise_of(self._current.slug).hints, layer)
        record_hint(self._current.slug, layer)
        return shown

    def solution(self) -> Code | Note:
        """Show the solution of this lesson's exercise, once it spoils nothing.

        That is after a pass, after the second failed check, or with the last hint.

        Returns:
            The code of the solution, or a sentence that says how to get to it.

        Raises:
            CourseError: before the first ``lab.start``; for a lesson without an exercise.
        """
        from app.lab.authoring.project import this_project
        from app.lab.learner.progress import entry_of
        from app.lab.learner.solution import solution

        slug = self._current.slug
        return solution(slug, entry_of(slug), this_project())

    def reset(self) -> Code | Note:
        """Get the cell to edit back as shipped.

        Run alone in the cell to edit, it turns that cell into the one shipped, and keeps a copy of
        the notebook as last saved. In any other cell, the shipped one appears below it. ``course
        reset`` does the same to a file.

        Returns:
            Where the cell is; outside of Jupyter, its code.

        Raises:
            CourseError: before the first ``lab.start``; for a lesson without an exercise.
        """
        from app.lab.authoring.project import this_project
        from app.lab.learner.reset_here import reset_here

        return reset_here(self._current.slug, this_project(), Path.cwd())

    def progress(self) -> Table:
        """Show which exercises you have passed.

        Returns:
            A row for each lesson: its state, the number of attempts and the hints read.
        """
        from app.lab.learner.progress import table

        return table()

    @must_be_awaited
    async def doctor(self) -> Table:
        """Examine what the course needs from this machine.

        Returns:
            A row for each requirement: whether it is met, and what to do if not.
        """
        from app.lab.machine.doctor import examine, report

        prepare_process()
        return report(await asyncio.to_thread(examine))

    # Inside.

    if not TYPE_CHECKING:  # for type checkers, there is nothing else

        def __getattr__(self, name: str) -> NoReturn:
            raise unknown_attribute(self, "lab", name)

    @property
    def _current(self) -> Lesson:
        if self._lesson is None:
            raise CourseError("No lesson runs yet. Run the cell with `await lab.start(…)` first.")
        return self._lesson

    def _keep(self, result: Result) -> Result:
        self._last = result
        return result

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[tuple[Report, ExitStack]]:
        """The machine for one measurement: what to report progress to, and a stack for its arms."""
        with progress_bar() as report:
            async with measuring_turn(report):
                with ExitStack() as stack:
                    yield report, stack

    def _services(self) -> tuple[Copies, Copy]:
        if self._copies is None or self._copy is None:
            raise CourseError("Nothing runs yet. Run the cell with `await lab.start(…)` first.")
        return self._copies, self._copy

    def _require_redis(self) -> None:
        """Raises ``CourseError`` if the lesson needs Redis and there is none."""
        if self._client is not None and self._current.needs_redis:
            require_redis(self._client)

    def _require_posix(self) -> None:
        """Raises ``CourseError`` if the lesson cannot run on Windows, and this is Windows."""
        if sys.platform == "win32" and self._current.needs_posix:
            raise CourseError(
                "This lesson needs signals and process managers that Windows does not have. Use "
                "WSL; the other lessons run without it."
            )

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
        """Whether the supervisor still answers, and with it the servers that have the copies."""
        from app.lab.services import ServicesError

        assert self._client is not None
        generation = self._client.generation
        try:
            self._client.find_services()
            if self._client.generation == generation:
                return True
            self._client.close()
        except ServicesError:
            pass
        self._client = None
        return False

    def _as_app(self, app: App | None) -> Shop | ASGIApp:
        if app is None:
            return self.shop()
        check_application(app)
        return self.shop(app) if isinstance(app, APIRouter) else app

    def _serve(self, app: Shop | ASGIApp, name: str) -> None:
        copies, copy = self._services()
        if before := self._arms.pop(name, None):
            before.close()
        self._arms[name] = Arm(app, copies, copy=copy)

    def _open(
        self,
        stack: ExitStack,
        app: App,
        *,
        own_copy: bool = False,
        around: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> Arm:
        """An arm until ``stack`` is closed."""
        copies, copy = self._services()
        shared = None if own_copy else copy
        return stack.enter_context(Arm(self._as_app(app), copies, copy=shared, around=around))

    def _open_arms(
        self, stack: ExitStack, arms: "Mapping[str, App | str]", *, own_copies: bool
    ) -> dict[str, Arm]:
        """An arm for each that is not a URL; the same application is served once."""
        opened: dict[int, Arm] = {}
        for app in arms.values():
            if not isinstance(app, str) and id(app) not in opened:
                opened[id(app)] = self._open(stack, app, own_copy=own_copies)
        return {name: opened[id(app)] for name, app in arms.items() if not isinstance(app, str)}

    def _deployed(self, arms: "Mapping[str, App | str]") -> "dict[str, Observer]":
        """Of the arms that are deployments, what observes their workers."""
        return {
            name: self._deployments[url].observer()
            for name, url in arms.items()
            if isinstance(url, str) and url in self._deployments
        }

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

    def _close_page(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.close()

    def _stop_serving(self) -> None:
        self._close_page()
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
            f"{', '.join(services)}. The shop before lesson {lesson.place:02d}, *{lesson.slug}*, "
            f"at {self.url}"
        )


def _requests(load: "Sequence[Request]") -> "tuple[Request, ...]":
    from app.lab.checks.load_trial import requests_of

    try:
        return requests_of(load)
    except TypeError as error:
        raise CourseError(f"The path is text, or a load: {error}.") from None


def _target(url: str, load: "str | tuple[Request, ...]") -> "Target":
    from app.lab.load import Target

    return Target(url + load) if isinstance(load, str) else Target(url, load)


def _instruments(*, wal: bool, memory: bool, objects: bool) -> list[str]:
    asked = {WAL: wal, MEMORY: memory, OBJECTS: objects}
    return [name for name in asked if asked[name]]


def _single(load: "str | tuple[Request, ...]") -> "Request":
    """The only request of a load. Raises ``CourseError`` for a mix."""
    from app.lab.load import Request

    if isinstance(load, str):
        return Request(load)
    if len(load) != 1:
        raise CourseError("Objects are counted for a single request; give `objects=True` no mix.")
    return load[0]


def _writes(load: "str | tuple[Request, ...]") -> bool:
    """Whether any request may change the data."""
    return not isinstance(load, str) and any(
        request.method not in ("GET", "HEAD") for request in load
    )
