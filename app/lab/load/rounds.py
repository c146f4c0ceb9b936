"""Short windows on every arm in turn, in a new random order each round."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from app.lab.load.errors import Unreachable
from app.lab.load.observer import Observer, observed_window
from app.lab.load.process import LoadProcess
from app.lab.load.schedule import Schedule
from app.lab.load.statistics import Ratio, enough, floor_interval, log_ratio_interval
from app.lab.load.target import Target
from app.lab.load.window import Window

Between = Callable[[str], Awaitable[object] | object]
Progress = Callable[[str, float], None]


@dataclass
class Rounds:
    """All arms are live and warm the whole time; what disturbs the machine disturbs them alike."""

    load: LoadProcess
    arms: Mapping[str, Target]
    observers: Mapping[str, Observer]
    connections: int
    rate: float | None
    schedule: Schedule
    between: Between | None = None
    random: Random = field(default_factory=Random)
    windows: dict[str, list[Window]] = field(init=False)
    count: int = 0
    lost: set[str] = field(default_factory=set)
    """Arms whose server went away."""

    def __post_init__(self) -> None:
        self.windows = {arm: [] for arm in self.arms}

    async def warm_up(self) -> None:
        """Open the connections, fill the caches, learn the bodies. Its numbers are thrown away."""
        for arm in self.arms:
            await self._window(arm, self.schedule.warm_up)

    async def run(self, width: float, report: Progress) -> None:
        """Rounds until the time is over or every interval is narrow enough."""
        # Imports what it needs before the clock starts; that takes half a second.
        log_ratio_interval((1, 2), (2, 1))
        begin = started = perf_counter()
        while not self.lost:
            await self._round()
            now = perf_counter()
            spent, last, started = now - begin, now - started, now
            ratios = list(self.ratios().values())
            report(progress_text(ratios, self.count), min(spent / self.schedule.seconds, 1.0))
            if self.count >= 2 and spent + last / 2 > self.schedule.seconds:
                break
            if self.count >= self.schedule.least_rounds and enough(ratios, width):
                break

    async def _round(self) -> None:
        order = list(self.arms)
        self.random.shuffle(order)
        for arm in order:
            if window := await self._window(arm, self.schedule.window):
                self.windows[arm].append(window)
        self.count += 1

    async def _window(self, arm: str, seconds: float) -> Window | None:
        if self.between:
            pending = self.between(arm)
            if inspect.isawaitable(pending):
                await pending
        try:
            window = await observed_window(
                self.load,
                self.arms[arm],
                self.observers[arm],
                connections=self.connections,
                seconds=seconds,
                rate=self.rate,
            )
        except Unreachable:
            self.lost.add(arm)
            return None
        if window.gone or not window.requests:
            self.lost.add(arm)
        return window

    def ratios(self) -> dict[str, Ratio]:
        """Every arm but the first over the first, by pairs of windows of the same round."""
        baseline, *others = self.arms
        return {arm: self._ratio(baseline, arm) for arm in others}

    def floor(self) -> Ratio:
        """The baseline against itself."""
        return floor_interval([speed(w) for w in self.windows[next(iter(self.arms))] if w.requests])

    def _ratio(self, baseline: str, arm: str) -> Ratio:
        pairs = [
            (speed(a), speed(b))
            for a, b in zip(self.windows[baseline], self.windows[arm], strict=False)
            if a.requests and b.requests
        ]
        return log_ratio_interval([a for a, _ in pairs], [b for _, b in pairs])


def speed(window: Window) -> float:
    """What is compared. In a closed loop the requests per second. In an open one these are as many
    as were asked for, and what differs is the time: one over the median."""
    if window.rate is None:
        return window.rps
    return 1 / (window.latencies.percentile(0.5) or 1e-9)


def progress_text(ratios: list[Ratio], rounds: int) -> str:
    widest = max(ratio.width for ratio in ratios) / 2
    return f"round {rounds}" + (f", ±{widest:.0%}" if rounds > 2 else "")
