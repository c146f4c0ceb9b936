"""One request to each arm in turn: for requests that take longer than a window of load."""

import asyncio
from collections.abc import Mapping

from app.lab.load import Comparison, LoadProcess, Measurement, Target
from app.lab.load.observer import ProcessObserver
from app.lab.load.rounds import Between, Rounds
from app.lab.load.schedule import Schedule

_AT_ONCE = 1e-9
"""Seconds after which rounds end: as soon as they may."""


async def in_turn(
    arms: Mapping[str, Target], rounds: int, *, between: Between | None = None
) -> Comparison:
    """``rounds`` times one request to each of the ``arms``, in a new random order each time.

    Answers are counted, not looked at. ``between`` is called with an arm's name before each of its
    requests, outside of the clock.
    """
    observers = await asyncio.to_thread(
        lambda: {arm: ProcessObserver(target) for arm, target in arms.items()}
    )
    # In a window of no length no second request begins.
    schedule = Schedule(seconds=_AT_ONCE, window=0.0, min_rounds=rounds, warm_up=0.0)
    async with LoadProcess() as load:
        turns = Rounds(load, arms, observers, 1, None, schedule, between)
        await turns.warm_up()
        while turns.count < rounds and not turns.lost:
            await turns.run(0, lambda _text, _done: None)
    found = {
        arm: Measurement(target.url, 1, tuple(turns.windows[arm])) for arm, target in arms.items()
    }
    problems = {arm: seen.problems for arm, seen in found.items() if seen.problems}
    problems |= dict.fromkeys(turns.lost, ("its server stopped answering",))
    return Comparison(found, turns.ratios(), problems, turns.count, turns.floor())
