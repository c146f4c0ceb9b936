"""The verbs that start, describe and serve the shop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from app.course.catalogue import lesson_named
from app.course.errors import CourseError
from app.course.kinds.made import maker
from app.course.network import Network
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after, flaws_before
from app.lab.display.notebook import progress_bar
from app.lab.display.notes import Note
from app.lab.display.pending import interrupted_in_one_line, must_be_awaited
from app.lab.environment import prepare_process
from app.lab.learner.predictions import predictions_of
from app.lab.serving.arm import Arm
from app.lab.serving.connection_limit import connection_limit
from app.lab.serving.given import (
    check_application,
    check_maker,
    check_middleware,
    check_routers,
)
from app.shop.cache import Cache
from app.shop.database import Database
from app.shop.settings import Settings

if TYPE_CHECKING:
    from app.lab.load.observer import Observer
    from app.lab.tools.deployment.deployment import Deployment

from app.lab.session.state import DEFAULT, App, Session


class Serving(Session):
    """Starts a lesson, and serves the shop or what is overlaid onto it."""

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

    def _deployed(self, arms: "Mapping[str, App | str]") -> "dict[str, Observer]":
        """Of the arms that are deployments, what observes their workers."""
        return {
            name: self._deployments[url].observer()
            for name, url in arms.items()
            if isinstance(url, str) and url in self._deployments
        }
