"""The two ways to measure: one target by itself, or arms against each other."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from time import perf_counter

from app.course.work import Work
from app.lab.load.ceiling import measure_ceiling
from app.lab.load.comparison import Comparison
from app.lab.load.errors import LoadError
from app.lab.load.measurement import Measurement
from app.lab.load.observer import Observer, Outside, observed_window
from app.lab.load.offered import Rate, offered_rate
from app.lab.load.process import LoadProcess
from app.lab.load.rounds import Between, Progress, Rounds
from app.lab.load.sample import Sample, samples
from app.lab.load.schedule import Schedule, short_seconds
from app.lab.load.target import Target, as_target

CEILING_MATTERS = 0.5
"""Share of the time: a generator that wanted the processor for less is far from its ceiling."""
TOLD = 3
"""Requests that are named where an arm refuses many."""
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
    rate: Rate = None,
    on_progress: Progress | None = None,
    observer: Observer | None = None,
    load: LoadProcess | None = None,
) -> Measurement:
    """One target by itself: a closed loop, or an open one at ``rate`` requests per second
    (``"auto"``: at 60 % of what it can do).

    ``seconds`` are cut into ``windows`` of the same length, one after the other. ``observer`` sees
    the server's side; by default what the operating system tells of the process that listens there.
    Raises ``Unreachable`` when there is no server.
    """
    target, seconds = as_target(target), short_seconds(seconds)
    async with _running(load) as load, _ticking(on_progress or _silent, seconds):
        rate = await offered_rate(load, rate, [target], connections)
        watched = observer or Outside(target)
        await load.window(target, connections=connections, seconds=min(0.3, seconds / 3))
        before = await _settled_work({"": watched})
        found = [
            await observed_window(
                load,
                target,
                watched,
                connections=connections,
                seconds=seconds / windows,
                rate=rate,
            )
            for _ in range(windows)
        ]
        work = _done(before, await _settled_work({"": watched}))
        measurement = Measurement(target.url, connections, tuple(found), work.get(""))
        return (await _with_ceiling(load, {"": measurement}))[""]


async def compare(
    arms: Mapping[str, Target | str],
    *,
    connections: int = 32,
    seconds: float = 10.0,
    window: float = 0.2,
    width: float = 0.10,
    rate: Rate = None,
    floor: bool = False,
    same_answer: bool = True,
    on_progress: Progress | None = None,
    between: Between | None = None,
    observers: Mapping[str, Observer] | None = None,
    seed: int | None = None,
    load: LoadProcess | None = None,
) -> Comparison:
    """Arms against the first of them, under the same load, in interleaved windows.

    A closed loop compares requests per second. At a fixed ``rate`` the arms answer equally many,
    and their median response times are compared; ``"auto"`` is 60 % of what the slowest can do.

    Ends after ``seconds``, or before, when every 95 % interval is at most ``width`` wide (0.10 is
    about ±5 %). ``floor`` adds the baseline once more as an arm of its own. ``between`` is called
    with an arm's name before each of its windows; ``observers`` see the server's side of arms of
    which more is known than the operating system tells. Raises ``Unreachable`` when an arm has no
    server to begin with; one that goes away later makes the comparison invalid.
    """
    targets = _targets(arms, floor=floor)
    original = {_again(next(iter(arms))): next(iter(arms))} if floor else {}
    problems = await asyncio.to_thread(_check_answers, targets, same_answer)
    watched = await asyncio.to_thread(_observers, targets, observers or {}, original)
    async with _running(load) as load:
        offered = None
        if not problems:
            offered = await offered_rate(load, rate, targets.values(), connections)
        rounds = Rounds(
            load,
            targets,
            watched,
            connections,
            offered,
            Schedule.of(seconds, window, offered),
            (lambda arm: between(original.get(arm, arm))) if between else None,
            Random(seed),
        )
        work: dict[str, Work] = {}
        if not problems:
            await rounds.warm_up()
            before = await _settled_work(watched)
            await rounds.run(width, on_progress or _silent)
            work = _done(before, await _settled_work(watched))
        found = {
            arm: Measurement(t.url, connections, tuple(rounds.windows[arm]), work.get(arm))
            for arm, t in targets.items()
        }
        found = await _with_ceiling(load, found)
    problems = problems or _untrusted(found, rounds.lost)
    return Comparison(found, rounds.ratios(), problems, rounds.count, rounds.floor())


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
        if refused := [sample for sample in seen if not sample.expected]:
            problems[arm] = _told(refused)
        elif first is None:
            first = seen
        elif same_answer and [s.answer for s in seen] != [s.answer for s in first]:
            problems[arm] = ("different bodies: it does not answer the same as the baseline",)
    return problems


def _told(refused: Sequence[Sample]) -> tuple[str, ...]:
    """The first few of them; a load may have hundreds of requests."""
    told = [f"{one.path} answers with status {one.status}" for one in refused[:TOLD]]
    rest = len(refused) - TOLD
    return (*told, f"{rest:,} more are refused, too") if rest > 0 else tuple(told)


def _untrusted(
    found: Mapping[str, Measurement], lost: Collection[str]
) -> dict[str, tuple[str, ...]]:
    problems = {}
    for arm, measurement in found.items():
        reasons = list(measurement.problems)
        if arm in lost:
            reasons.insert(0, "its server stopped answering")
        if measurement.overloaded and measurement.rate:
            reasons.append(f"{measurement.rate:,.0f} requests per second are too many for it")
        if reasons:
            problems[arm] = tuple(reasons)
    return problems


async def _with_ceiling(load: LoadProcess, found: dict[str, Measurement]) -> dict[str, Measurement]:
    """Add the generator's own ceiling where it worked hard enough for that to matter."""
    at_work = [arm for arm, m in found.items() if m.cost.client_demand > CEILING_MATTERS]
    by_size = {found[arm].mean_body: found[arm].connections for arm in at_work}
    ceilings = {
        size: await measure_ceiling(load, connections, body_bytes=size)
        for size, connections in by_size.items()
    }
    reached = {arm: replace(found[arm], ceiling=ceilings[found[arm].mean_body]) for arm in at_work}
    return {**found, **reached}


async def _settled_work(observers: Mapping[str, Observer]) -> dict[str, Work]:
    """The running totals of the arms that count, once the servers have finished what they do."""
    if all(observer.work() is None for observer in observers.values()):
        return {}
    await asyncio.sleep(SETTLING)
    totals = {arm: observer.work() for arm, observer in observers.items()}
    return {arm: total for arm, total in totals.items() if total is not None}


def _done(before: Mapping[str, Work], after: Mapping[str, Work]) -> dict[str, Work]:
    return {arm: after[arm] - before[arm] for arm in after.keys() & before.keys()}


def _observers(
    targets: Mapping[str, Target], known: Mapping[str, Observer], original: Mapping[str, str]
) -> dict[str, Observer]:
    """One for each arm; the baseline's for its repetition. Blocking."""
    asked = {arm: known.get(original.get(arm, arm)) for arm in targets}
    return {arm: observer or Outside(targets[arm]) for arm, observer in asked.items()}


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
