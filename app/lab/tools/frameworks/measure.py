"""Measures all frameworks at the same jobs, live side by side, in interleaved rounds."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from app.course.errors import CourseError
from app.lab.load import LoadProcess, Target, compare
from app.lab.load.machine import Machine, core_count
from app.lab.load.rounds import Progress
from app.lab.load.schedule import short
from app.lab.services import connect
from app.lab.tools.frameworks.answers import Answer, Key, collect_answers, differences
from app.lab.tools.frameworks.comparisons import Comparisons
from app.lab.tools.frameworks.environment import libpq_variables
from app.lab.tools.frameworks.five import prepare
from app.lab.tools.frameworks.framework import Start
from app.lab.tools.frameworks.jobs import CONSTANT, ECHO, ORDERS, PRODUCT, Job, requests_for
from app.lab.tools.frameworks.lines import code_lines
from app.lab.tools.frameworks.observer import ProcessTreeObserver
from app.lab.tools.frameworks.pool_size import connections_per_pool
from app.lab.tools.frameworks.pydantic_versions import compare_pydantic
from app.lab.tools.frameworks.rows import Arm, JobResult, WrkResult
from app.lab.tools.frameworks.second_opinion import wrk_rps
from app.lab.tools.frameworks.server import RunningServer, pinnable_core, serve_all
from app.lab.tools.frameworks.spreading import spread

CONNECTIONS = 16
"""Of the load generator. Few enough for the median to reflect the server rather than a queue."""
POOL = 8
"""Connections to PostgreSQL in one pool, across all processes of a framework. At least one per
process, and fewer if PostgreSQL does not have as many free."""
WINDOW = 0.25

ONE_CORE: Sequence[tuple[Job, float]] = ((CONSTANT, 1), (PRODUCT, 3), (ORDERS, 3), (ECHO, 1))
ALL_CORES: Sequence[tuple[Job, float]] = ((CONSTANT, 1), (PRODUCT, 2), (ORDERS, 2))
"""Jobs with their relative shares of the time."""
ALL_SHARES = sum(share for _, share in (*ONE_CORE, *ALL_CORES))


async def compare_frameworks(
    *,
    seconds: float = 100.0,
    only: Sequence[str] = (),
    on_progress: Progress | None = None,
) -> Comparisons:
    """Start each framework, check its answers, measure those that agree, and stop them.

    ``seconds`` of load in total; the rest takes up to two minutes, and more the first time, when
    Express is installed and Gin is compiled. ``only`` limits the comparison to these slugs. Raises
    ``CourseError`` if PostgreSQL is unavailable or no framework can run.
    """
    report = on_progress or (lambda _text, _done: None)
    report("installing and compiling", 0.0)
    starts, missing = await asyncio.to_thread(prepare, only)
    if not starts:
        raise CourseError(" ".join(framework.remedy for framework in missing))
    with ExitStack() as stack:
        client = stack.enter_context(await asyncio.to_thread(connect, "course frameworks"))
        lease = await asyncio.to_thread(client.lease)
        database = libpq_variables(lease.database_url)
        report("checking the answers", 0.05)
        answers, failed = await collect_answers(starts, database)
        starts = [s for s in starts if all(s.framework is not f.framework for f in failed)]
        run = _Run(database, answers, seconds, report)
        await run.one_core(starts)
        await run.all_cores(starts)
        postgres = client.postgres.version
    report("Pydantic", 0.97)
    return Comparisons(
        frameworks=tuple(start.framework for start in starts),
        versions={
            **{start.framework.slug: start.versions for start in starts},
            "postgresql": {"postgresql": postgres},
        },
        missing=(*missing, *failed),
        answers=answers,
        wrong=differences(answers),
        measured=tuple(run.measured),
        wrk=tuple(run.wrk),
        lines={start.framework.slug: code_lines(start.framework) for start in starts},
        pydantic=await asyncio.to_thread(compare_pydantic),
        machine=Machine.this(),
        connections=CONNECTIONS,
        pool=run.pool,
    )


class _Run:
    def __init__(
        self,
        database: Mapping[str, str],
        answers: Mapping[Key, Answer],
        seconds: float,
        report: Progress,
    ) -> None:
        self.database = database
        self.wrong = differences(answers)
        self.unit = seconds / ALL_SHARES
        self.report = report
        self.pool = POOL
        self.done = 0.1
        self.measured: list[JobResult] = []
        self.wrk: list[WrkResult] = []

    async def one_core(self, starts: Sequence[Start]) -> None:
        core = pinnable_core()
        self.pool = min(POOL, await connections_per_pool(self.database))
        running = serve_all(starts, lambda _: self.database, connections=self.pool, core=core)
        async with running as (servers, _), LoadProcess() as load:
            for job, share in ONE_CORE:
                await self._measure(load, servers, job, share)
            if not short():
                await self._second_opinion(servers)

    async def all_cores(self, starts: Sequence[Start]) -> None:
        if short():
            return
        limit = await connections_per_pool(self.database)
        processes = min(core_count(), limit)
        if processes == 1:
            return
        connections = min(max(POOL, processes), limit)
        connections -= connections % processes  # equally many per process
        running = serve_all(
            starts, lambda _: self.database, processes=processes, connections=connections
        )
        async with running as (servers, _), LoadProcess() as load:
            for job, share in ALL_CORES:
                await self._measure(load, servers, job, share)

    async def _measure(
        self,
        load: LoadProcess,
        servers: Sequence[RunningServer],
        job: Job,
        share: float,
    ) -> None:
        # Fastest access first, because FastAPI with it is the baseline.
        arms = {
            Arm(server.framework.slug, access): server
            for access in reversed(job.accesses)
            for server in servers
            if (server.framework.slug, job.slug, access) not in self.wrong
        }
        if len(arms) < 2:
            return
        targets = {
            arm: Target(server.url, requests_for(job, arm.access)) for arm, server in arms.items()
        }
        processes = servers[0].processes
        shares: dict[Arm, list[int]] = {}
        if processes > 1:
            for arm, server in arms.items():
                shares[arm] = await spread(load, targets[arm], server, CONNECTIONS)
        begin, part = self.done, 0.85 * share / ALL_SHARES
        cores = "one core" if processes == 1 else f"{processes} processes"
        comparison = await compare(
            {arm.name: target for arm, target in targets.items()},
            connections=CONNECTIONS,
            seconds=share * self.unit,
            window=WINDOW,
            width=0.04,
            observers={arm.name: ProcessTreeObserver(server) for arm, server in arms.items()},
            on_progress=lambda text, done: self.report(
                f"{job.title}, {cores}: {text}", begin + part * done
            ),
            load=load,
        )
        self.done += part
        self.measured.append(JobResult(job, processes, tuple(arms), comparison, shares))

    async def _second_opinion(self, servers: Sequence[RunningServer]) -> None:
        """Run wrk on the job where the load generator itself matters most."""
        for server in servers:
            url = server.url + CONSTANT.path
            rps = await asyncio.to_thread(wrk_rps, url, connections=CONNECTIONS, seconds=1)
            if rps is not None:
                self.wrk.append(WrkResult(server.framework.slug, rps))
