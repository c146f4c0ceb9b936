"""The same job in all five, all of them live, in interleaved rounds."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from app.course.errors import CourseError
from app.lab.frameworks.answers import Answer, Key, differences, examine
from app.lab.frameworks.comparisons import Comparisons
from app.lab.frameworks.environment import libpq_variables
from app.lab.frameworks.five import prepare
from app.lab.frameworks.framework import Start
from app.lab.frameworks.jobs import CONSTANT, ECHO, ORDERS, PRODUCT, Job, requests_for
from app.lab.frameworks.lines import code_lines
from app.lab.frameworks.observer import Family
from app.lab.frameworks.pool_size import connections_for_each
from app.lab.frameworks.pydantic_versions import compare_pydantic
from app.lab.frameworks.rows import Arm, Measured, Wrk
from app.lab.frameworks.second_opinion import wrk_rps
from app.lab.frameworks.server import Served, pinnable_core, serve_all
from app.lab.frameworks.spreading import spread
from app.lab.load import LoadProcess, Target, compare
from app.lab.load.machine import Machine, core_count
from app.lab.load.rounds import Progress
from app.lab.load.schedule import short
from app.lab.services import connect

CONNECTIONS = 16
"""Kept busy by the load generator. Few enough for a median that says something of the server."""
POOL = 8
"""Connections to PostgreSQL of one pool, over all the processes of a framework; more where these
are more, fewer where PostgreSQL has fewer left."""
WINDOW = 0.25

ONE_CORE: Sequence[tuple[Job, float]] = ((CONSTANT, 1), (PRODUCT, 3), (ORDERS, 3), (ECHO, 1))
ALL_CORES: Sequence[tuple[Job, float]] = ((CONSTANT, 1), (PRODUCT, 2), (ORDERS, 2))
"""Jobs with their shares of the time."""
ALL_SHARES = sum(share for _, share in (*ONE_CORE, *ALL_CORES))


async def compare_frameworks(
    *,
    seconds: float = 100.0,
    only: Sequence[str] = (),
    on_progress: Progress | None = None,
) -> Comparisons:
    """Start each, check its answers, measure all that answer alike, and end them.

    ``seconds`` of load in all; up to two minutes more are needed around it, and more the first
    time, when Express is installed and Gin is compiled. ``only``: slugs of some frameworks. Raises
    ``CourseError`` where PostgreSQL cannot be had, or no framework can run.
    """
    report = on_progress or (lambda _text, _done: None)
    report("installing and compiling", 0.0)
    starts, missing = await asyncio.to_thread(prepare, only)
    if not starts:
        raise CourseError(" ".join(one.remedy for one in missing))
    with ExitStack() as stack:
        client = stack.enter_context(await asyncio.to_thread(connect, "course frameworks"))
        lease = await asyncio.to_thread(client.lease)
        database = libpq_variables(lease.database_url)
        report("checking the answers", 0.05)
        answers, broken = await examine(starts, database)
        starts = [s for s in starts if all(s.framework is not one.framework for one in broken)]
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
        missing=(*missing, *broken),
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
        self.measured: list[Measured] = []
        self.wrk: list[Wrk] = []

    async def one_core(self, starts: Sequence[Start]) -> None:
        core = pinnable_core()
        self.pool = min(POOL, await connections_for_each(self.database))
        serving = serve_all(starts, self.database, connections=self.pool, core=core)
        async with serving as (live, _), LoadProcess() as load:
            for job, share in ONE_CORE:
                await self._measure(load, live, job, share)
            if not short():
                await self._second_opinion(live)

    async def all_cores(self, starts: Sequence[Start]) -> None:
        if short():
            return
        most = await connections_for_each(self.database)
        processes = min(core_count(), most)
        if processes == 1:
            return
        connections = min(max(POOL, processes), most)
        connections -= connections % processes  # as many for each
        serving = serve_all(starts, self.database, processes=processes, connections=connections)
        async with serving as (live, _), LoadProcess() as load:
            for job, share in ALL_CORES:
                await self._measure(load, live, job, share)

    async def _measure(
        self,
        load: LoadProcess,
        live: Sequence[Served],
        job: Job,
        share: float,
    ) -> None:
        # The fastest first: FastAPI's is what all others are compared with.
        arms = {
            Arm(served.framework.slug, access): served
            for access in reversed(job.accesses)
            for served in live
            if (served.framework.slug, job.slug, access) not in self.wrong
        }
        if len(arms) < 2:
            return
        targets = {
            arm: Target(served.url, requests_for(job, arm.access)) for arm, served in arms.items()
        }
        processes = live[0].processes
        shares: dict[Arm, list[int]] = {}
        if processes > 1:
            for arm, served in arms.items():
                shares[arm] = await spread(load, targets[arm], served, CONNECTIONS)
        begin, part = self.done, 0.85 * share / ALL_SHARES
        cores = "one core" if processes == 1 else f"{processes} processes"
        found = await compare(
            {arm.name: target for arm, target in targets.items()},
            connections=CONNECTIONS,
            seconds=share * self.unit,
            window=WINDOW,
            width=0.04,
            observers={arm.name: Family(served) for arm, served in arms.items()},
            on_progress=lambda text, done: self.report(
                f"{job.title}, {cores}: {text}", begin + part * done
            ),
            load=load,
        )
        self.done += part
        self.measured.append(Measured(job, processes, tuple(arms), found, shares))

    async def _second_opinion(self, live: Sequence[Served]) -> None:
        """On the job where the generator itself matters most."""
        for served in live:
            url = served.url + CONSTANT.path
            seen = await asyncio.to_thread(wrk_rps, url, connections=CONNECTIONS, seconds=1)
            if seen is not None:
                self.wrk.append(Wrk(served.framework.slug, seen))


ALL_SHARES = sum(share for _, share in (*ONE_CORE, *ALL_CORES))
