"""Compares arms by single requests, which may take longer than a window of load."""

import asyncio
from collections.abc import Mapping

from app.lab.load import Comparison, LoadProcess, Measurement, Target
from app.lab.load.observer import ProcessObserver
from app.lab.load.rounds import Between, Rounds
from app.lab.load.schedule import Schedule

_NO_TIME = 1e-9
"""Seconds after which rounds may end: at the first opportunity."""


async def compare_single_requests(
    arms: Mapping[str, Target], rounds: int, *, between: Between | None = None
) -> Comparison:
    """Send one request to each of the ``arms`` per round, in a new random order every round.

    Responses are counted but not compared. ``between`` is called with an arm's name before each of
    its requests, and is not timed.
    """
    observers = await asyncio.to_thread(
        lambda: {arm: ProcessObserver(target) for arm, target in arms.items()}
    )
    # A window of zero length starts no second request.
    schedule = Schedule(seconds=_NO_TIME, window=0.0, min_rounds=rounds, warm_up=0.0)
    async with LoadProcess() as load:
        run = Rounds(load, arms, observers, 1, None, schedule, between)
        await run.warm_up()
        while run.count < rounds and not run.lost:
            await run.run(0, lambda _text, _done: None)
    measurements = {
        arm: Measurement(target.url, 1, tuple(run.windows[arm])) for arm, target in arms.items()
    }
    problems = {arm: m.problems for arm, m in measurements.items() if m.problems}
    problems |= dict.fromkeys(run.lost, ("its server stopped answering",))
    return Comparison(measurements, run.ratios(), problems, run.count, run.floor())
