"""The verbs that send a load, and measure."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.course.errors import CourseError
from app.course.shop import Shop
from app.lab.display.pending import interrupted_in_one_line, must_be_awaited
from app.lab.load.target import check_path
from app.lab.serving.arm import Arm
from app.lab.serving.given import (
    check_application,
    check_arms,
)
from app.lab.serving.runaways import refuse_beside_runaways
from app.lab.serving.watchdog import watched

if TYPE_CHECKING:
    from app.lab.load import Comparison, Measurement, Request, Target
    from app.lab.load.knee import Knee
    from app.lab.load.slo import ServiceLevels
    from app.lab.tools.deployment.side_by_side import SideBySide
    from app.lab.tools.frameworks.comparisons import Comparisons
    from app.lab.tools.frameworks.pydantic_versions import PydanticComparison
    from app.lab.tools.locust.page import LocustPage
    from app.lab.tools.locust.run import LocustRun
    from app.lab.tools.profiling.profile import Profile

from app.lab.session.serving import Serving
from app.lab.session.state import SELDOM, App


class Loads(Serving):
    """Puts applications under load, and measures or profiles them."""

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
            found = await watched([arm.host for arm in live.values()], work, every=SELDOM)
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
            return self._keep(await watched([arm.host] if arm else [], work, every=SELDOM))

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
            return self._keep(await watched([arm.host], found, every=SELDOM))

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
            return self._keep(await watched([arm.host], work, every=SELDOM))

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
            return self._keep(await watched([arm.host], work, every=SELDOM))

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
            results = await watched([arm.host], work, every=SELDOM)
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


def _requests(load: "Sequence[Request]") -> "tuple[Request, ...]":
    from app.lab.checks.load_trial import requests_of

    try:
        return requests_of(load)
    except TypeError as error:
        raise CourseError(f"The path is text, or a load: {error}.") from None


def _target(url: str, load: "str | tuple[Request, ...]") -> "Target":
    from app.lab.load import Target

    return Target(url + load) if isinstance(load, str) else Target(url, load)


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
