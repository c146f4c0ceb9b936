"""The two ways to measure: one target alone, or arms against a baseline."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from time import perf_counter

from app.course.work import Work
from app.lab.load.ceiling import measure_ceiling
from app.lab.load.comparison import Comparison
from app.lab.load.errors import LoadError
from app.lab.load.measurement import Measurement
from app.lab.load.observer import Observer, ProcessObserver, observed_window
from app.lab.load.offered import Rate, offered_rate
from app.lab.load.process import LoadProcess
from app.lab.load.rounds import Between, Progress, Rounds
from app.lab.load.sample import Sample, samples
from app.lab.load.schedule import Schedule, short_seconds
from app.lab.load.target import Target, as_target
from app.lab.load.window import Window

CEILING_MATTERS = 0.5
"""Share of the time: a generator that wanted a core for less is far from its ceiling."""
MAX_NAMED = 3
"""Refused requests that are named individually."""
FEW = 0.1
"""Share of the requests: fewer that opened a connection or prepared a statement are exceptions."""
SETTLING = 0.05
"""Seconds for servers to finish their work after a reply before counters are read."""


def _no_progress(_text: str, _done: float) -> None:
    pass


async def measure(
    target: Target | str,
    *,
    connections: int = 32,
    seconds: float = 5.0,
    windows: int = 1,
    rate: Rate = None,
    ends_early: Callable[[Sequence[Window]], bool] | None = None,
    on_progress: Progress | None = None,
    observer: Observer | None = None,
    load: LoadProcess | None = None,
) -> Measurement:
    """Measure one target in a closed loop, or in an open one at ``rate`` requests per second
    (``"auto"``: 60 % of its capacity).

    ``seconds`` are divided into ``windows`` of equal length; with ``ends_early``, no further one
    begins after those for which it is true. ``observer`` reports the server's
    side; by default, what the operating system knows of the processes that listen there. Raises
    ``Unreachable`` if there is no server.
    """
    target, seconds = as_target(target), short_seconds(seconds)
    async with _running(load) as load, _reporting(on_progress or _no_progress, seconds):
        rate = await offered_rate(load, rate, [target], connections)
        observer = observer or ProcessObserver(target)
        await load.window(target, connections=connections, seconds=min(0.3, seconds / 3))
        before = await _settled_work({"": observer})
        measured: list[Window] = []
        while len(measured) < windows and not (ends_early and ends_early(measured)):
            window = await observed_window(
                load,
                target,
                observer,
                connections=connections,
                seconds=seconds / windows,
                rate=rate,
            )
            measured.append(window)
        work = _difference(before, await _settled_work({"": observer}))
        measurement = Measurement(
            target.url, connections, tuple(measured), work.get(""), raised=observer.raised()
        )
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
    """Compare each arm with the first, the baseline, under the same load in interleaved windows.

    A closed loop compares requests per second. At a fixed ``rate`` the arms answer equally many
    requests, and their median response times are compared; ``"auto"`` is 60 % of the capacity of
    the slowest arm.

    Stops after ``seconds``, or earlier, once every 95 % interval is at most ``width`` wide (0.10 is
    about ±5 %). ``floor`` adds the baseline a second time, as a separate arm. ``between`` is called
    with an arm's name before each of its windows. ``observers`` report the server's side of arms
    whose servers can tell more than the operating system knows. Raises ``Unreachable`` if an arm
    has no server at the start; a server that disappears later makes the comparison invalid.
    """
    targets = _targets(arms, floor=floor)
    original = {_again(next(iter(arms))): next(iter(arms))} if floor else {}
    observed = await asyncio.to_thread(_observers, targets, observers or {}, original)
    problems = await asyncio.to_thread(_check_answers, targets, observed, same_answer)
    async with _running(load) as load:
        offered = None
        if not problems:
            offered = await offered_rate(load, rate, targets.values(), connections)
        rounds = Rounds(
            load,
            targets,
            observed,
            connections,
            offered,
            Schedule.of(seconds, window, offered),
            (lambda arm: between(original.get(arm, arm))) if between else None,
            Random(seed),
        )
        work: dict[str, Work] = {}
        if not problems:
            await rounds.warm_up()
            before = await _settled_work(observed)
            await rounds.run(width, on_progress or _no_progress)
            work = _difference(before, await _settled_work(observed))
        measurements = {
            arm: Measurement(
                t.url,
                connections,
                tuple(rounds.windows[arm]),
                work.get(arm),
                raised=observed[arm].raised(),
            )
            for arm, t in targets.items()
        }
        measurements = await _with_ceiling(load, measurements)
    problems = problems or _untrusted(measurements, rounds.lost)
    return Comparison(
        measurements, rounds.ratios(), problems, rounds.count, rounds.floor(), _repeats(targets)
    )


def _targets(arms: Mapping[str, Target | str], *, floor: bool) -> dict[str, Target]:
    if not arms:
        raise LoadError("There is nothing to compare. Give at least two arms.")
    targets = {arm: as_target(target) for arm, target in arms.items()}
    if floor:
        first, *others = targets.items()
        targets = dict([first, (_again(first[0]), first[1]), *others])
    if len(targets) < 2:
        raise LoadError("A comparison needs at least two arms.")
    return targets


def _repeats(targets: Mapping[str, Target]) -> frozenset[str]:
    """The arms whose target is the baseline's."""
    first, *others = targets
    return frozenset(arm for arm in others if targets[arm] == targets[first])


def _again(baseline: str) -> str:
    return f"{baseline} again"


def _check_answers(
    targets: Mapping[str, Target], observers: Mapping[str, Observer], same_answer: bool
) -> dict[str, tuple[str, ...]]:
    """Check the arms' answers before any load is sent; blocking."""
    problems: dict[str, tuple[str, ...]] = {}
    reference: list[Sample] | None = None
    for arm, target in targets.items():
        replies = samples(target)
        if refused := [sample for sample in replies if not sample.expected]:
            problems[arm] = _refusals(refused, observers[arm].raised())
        elif reference is None:
            reference = replies
        elif same_answer and [s.answer for s in replies] != [s.answer for s in reference]:
            problems[arm] = ("different bodies: its answers differ from the baseline's",)
    return problems


def _refusals(refused: Sequence[Sample], raised: str | None) -> tuple[str, ...]:
    """Name the first few; a load may have hundreds of requests."""
    named = [f"{reply.path} answers with status {reply.status}" for reply in refused[:MAX_NAMED]]
    rest = len(refused) - MAX_NAMED
    if rest > 0:
        named.append(f"{rest:,} more are refused")
    if raised and any(reply.status >= 500 for reply in refused):
        named.append(f"the last of them raised {raised}")
    return tuple(named)


def _untrusted(
    measurements: Mapping[str, Measurement], lost: Collection[str]
) -> dict[str, tuple[str, ...]]:
    problems = {}
    for arm, measurement in measurements.items():
        reasons = list(measurement.problems)
        if arm in lost:
            reasons.insert(0, "its server stopped answering")
        if measurement.overloaded and measurement.rate:
            reasons.append(f"it cannot keep up with {measurement.rate:,.0f} requests per second")
        if reasons:
            problems[arm] = tuple(reasons)
    return problems


async def _with_ceiling(
    load: LoadProcess, measurements: dict[str, Measurement]
) -> dict[str, Measurement]:
    """Add the generator's own ceiling where it worked hard enough for it to matter."""
    near = {arm: m for arm, m in measurements.items() if m.cost.client_demand > CEILING_MATTERS}
    by_size = {m.mean_body: m.connections for m in near.values()}
    ceilings = {
        size: await measure_ceiling(load, connections, body_bytes=size)
        for size, connections in by_size.items()
    }
    return {
        **measurements,
        **{arm: replace(m, ceiling=ceilings[m.mean_body]) for arm, m in near.items()},
    }


async def _settled_work(observers: Mapping[str, Observer]) -> dict[str, tuple[Work, Work]]:
    """The running totals of the arms that count their work, once their servers are idle: of all
    requests, and of those that opened a connection or prepared a statement."""
    if all(observer.work() is None for observer in observers.values()):
        return {}
    await asyncio.sleep(SETTLING)
    totals = {arm: observer.work() for arm, observer in observers.items()}
    setups = {arm: observer.setups() or Work() for arm, observer in observers.items()}
    return {arm: (total, setups[arm]) for arm, total in totals.items() if total is not None}


def _difference(
    before: Mapping[str, tuple[Work, Work]], after: Mapping[str, tuple[Work, Work]]
) -> dict[str, Work]:
    return {
        arm: _steady(*(now - then for now, then in zip(after[arm], before[arm], strict=True)))
        for arm in after.keys() & before.keys()
    }


def _steady(work: Work, setups: Work) -> Work:
    """The work without its exceptions: a pool that still grows would blur what every request
    costs. Where they are no exceptions, as without a pool, they are what a request costs."""
    return work - setups if setups.requests <= FEW * work.requests else work


def _observers(
    targets: Mapping[str, Target], known: Mapping[str, Observer], original: Mapping[str, str]
) -> dict[str, Observer]:
    """One per arm; a repeated baseline shares the original's. Blocking."""
    given = {arm: known.get(original.get(arm, arm)) for arm in targets}
    return {arm: observer or ProcessObserver(targets[arm]) for arm, observer in given.items()}


@asynccontextmanager
async def _running(load: LoadProcess | None) -> AsyncIterator[LoadProcess]:
    if load:
        yield load
        return
    async with LoadProcess() as own:
        yield own


@asynccontextmanager
async def _reporting(report: Progress, seconds: float) -> AsyncIterator[None]:
    """Report the elapsed share of the time, four times a second."""
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
