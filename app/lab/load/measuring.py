"""The two ways to measure: one target by itself, or arms against each other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from time import perf_counter

from app.lab.load.budget import Budget, short_seconds
from app.lab.load.ceiling import ceiling
from app.lab.load.comparison import Comparison
from app.lab.load.errors import LoadError
from app.lab.load.measurement import Measurement
from app.lab.load.process import LoadProcess
from app.lab.load.rounds import Between, Progress, Rounds
from app.lab.load.sample import Sample, samples
from app.lab.load.target import Target, as_target
from app.lessons.evidence import Work

CEILING_MATTERS = 0.5
"""Share of a core: a client with less to do than that is far from its ceiling."""
SETTLING = 0.05
"""Seconds that servers get to finish what they do after a reply, before counters are read."""


def _silent(_text: str, _done: float) -> None:
    pass


async def measure(
    target: Target | str,
    *,
    connections: int = 32,
    seconds: float = 5.0,
    windows: int = 1,
    rate: float | None = None,
    on_progress: Progress | None = None,
    snapshot: Callable[[], Work | None] | None = None,
    load: LoadProcess | None = None,
) -> Measurement:
    """One target by itself: a closed loop, or an open one at ``rate`` requests per second.

    ``seconds`` are cut into ``windows`` of the same length, one after the other. ``snapshot`` reads
    the server's work counters. Raises ``Unreachable`` when there is no server.
    """
    target, seconds = as_target(target), short_seconds(seconds)
    async with _running(load) as load, _ticking(on_progress or _silent, seconds):
        await load.window(target, connections=connections, seconds=min(0.3, seconds / 3))
        before = await _read(snapshot)
        length = seconds / windows
        found = [
            await load.window(target, connections=connections, seconds=length, rate=rate)
            for _ in range(windows)
        ]
        after = await _read(snapshot)
        work = after - before if after and before else None
        measurement = Measurement(target.url, connections, tuple(found), work)
        return (await _with_ceilings(load, {"": measurement}))[""]


async def compare(
    arms: Mapping[str, Target | str],
    *,
    connections: int = 32,
    seconds: float = 10.0,
    window: float = 0.2,
    width: float = 0.10,
    rate: float | None = None,
    floor: bool = False,
    same_answer: bool = True,
    on_progress: Progress | None = None,
    between: Between | None = None,
    snapshot: Callable[[str], Work | None] | None = None,
    seed: int | None = None,
    load: LoadProcess | None = None,
) -> Comparison:
    """Arms against the first of them, under the same load, in interleaved windows.

    Ends after ``seconds``, or before, when every 95 % interval is at most ``width`` wide (0.10 is
    about ±5 %). ``floor`` measures the baseline against itself too. ``between`` is called with an
    arm's name before each of its windows; ``snapshot`` reads an arm's running total of work.
    Raises ``Unreachable`` when an arm has no server to begin with; one that goes away later makes
    the comparison invalid.
    """
    targets = _targets(arms, floor=floor)
    original = {_again(next(iter(arms))): next(iter(arms))} if floor else {}
    problems = await asyncio.to_thread(_check_answers, targets, same_answer)
    async with _running(load) as load:
        rounds = Rounds(
            load,
            targets,
            connections,
            rate,
            Budget.of(seconds, window, rate),
            (lambda arm: between(original.get(arm, arm))) if between else None,
            Random(seed),
        )
        work: dict[str, Work] = {}
        if not problems:
            read = _reader(snapshot, original)
            await rounds.warm_up()
            before = await _read_all(read, targets)
            await rounds.run(width, on_progress or _silent)
            after = await _read_all(read, targets)
            work = {arm: after[arm] - before[arm] for arm in after.keys() & before.keys()}
        found = {
            arm: Measurement(t.url, connections, tuple(rounds.windows[arm]), work.get(arm))
            for arm, t in targets.items()
        }
        found = await _with_ceilings(load, found)
    problems = problems or _untrusted(found, rounds.lost)
    return Comparison(found, rounds.ratios(), problems, rounds.count)


def _targets(arms: Mapping[str, Target | str], *, floor: bool) -> dict[str, Target]:
    if not arms:
        raise LoadError("There is nothing to compare: give at least two arms.")
    targets = {arm: as_target(target) for arm, target in arms.items()}
    if floor:
        first, *others = targets.items()
        targets = dict([first, (_again(first[0]), first[1]), *others])
    if len(targets) < 2:
        raise LoadError("A comparison takes at least two arms.")
    return targets


def _again(baseline: str) -> str:
    return f"{baseline} again"


def _check_answers(targets: Mapping[str, Target], same_answer: bool) -> dict[str, tuple[str, ...]]:
    """What is wrong with the arms' answers before any load; blocking."""
    problems: dict[str, tuple[str, ...]] = {}
    first: list[Sample] | None = None
    for arm, target in targets.items():
        seen = samples(target)
        if refused := tuple(
            f"{sample.path} answers with status {sample.status}"
            for sample in seen
            if not sample.expected
        ):
            problems[arm] = refused
        elif first is None:
            first = seen
        elif same_answer and [s.answer for s in seen] != [s.answer for s in first]:
            problems[arm] = ("different bodies: it does not answer the same as the baseline",)
    return problems


def _untrusted(
    found: Mapping[str, Measurement], lost: Collection[str]
) -> dict[str, tuple[str, ...]]:
    problems = {}
    for arm, measurement in found.items():
        gone = ("its server stopped answering",) if arm in lost else ()
        if reasons := gone + measurement.problems:
            problems[arm] = reasons
    return problems


async def _with_ceilings(
    load: LoadProcess, found: dict[str, Measurement]
) -> dict[str, Measurement]:
    """Add the generator's own ceiling where it worked hard enough for that to matter."""
    result = {}
    for arm, measurement in found.items():
        if measurement.client_share > CEILING_MATTERS:
            most = await ceiling(load, measurement.connections)
            measurement = replace(measurement, ceiling=most)
        result[arm] = measurement
    return result


async def _read(snapshot: Callable[[], Work | None] | None) -> Work | None:
    if snapshot is None:
        return None
    await asyncio.sleep(SETTLING)
    return snapshot()


async def _read_all(
    snapshot: Callable[[str], Work | None] | None, arms: Iterable[str]
) -> dict[str, Work]:
    if snapshot is None:
        return {}
    await asyncio.sleep(SETTLING)
    read = {arm: snapshot(arm) for arm in arms}
    return {arm: work for arm, work in read.items() if work is not None}


def _reader(
    snapshot: Callable[[str], Work | None] | None, original: Mapping[str, str]
) -> Callable[[str], Work | None] | None:
    """The caller's ``snapshot``, asked for the baseline where the arm is its repetition."""
    return None if snapshot is None else lambda arm: snapshot(original.get(arm, arm))


@asynccontextmanager
async def _running(load: LoadProcess | None) -> AsyncIterator[LoadProcess]:
    if load:
        yield load
        return
    async with LoadProcess() as own:
        yield own


@asynccontextmanager
async def _ticking(report: Progress, seconds: float) -> AsyncIterator[None]:
    """Report the time that has passed, four times a second."""
    begin = perf_counter()

    async def tick() -> None:
        while True:
            report("measuring", min((perf_counter() - begin) / (1.1 * seconds), 1.0))
            await asyncio.sleep(0.25)

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
