"""Rounds of short windows, one for each arm, in a new random order every round."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from app.lab.load.errors import Unreachable
from app.lab.load.observer import Observer, observed_window
from app.lab.load.process import LoadProcess
from app.lab.load.schedule import Schedule
from app.lab.load.statistics import (
    Ratio,
    floor_interval,
    is_quiet,
    log_ratio_interval,
    narrow_enough,
)
from app.lab.load.target import Target
from app.lab.load.window import Window

Between = Callable[[str], Awaitable[object] | object]
Progress = Callable[[str, float], None]


@dataclass
class Rounds:
    """All arms stay live and warm throughout, so that disturbances affect them alike."""

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
    """Arms whose server became unreachable."""

    def __post_init__(self) -> None:
        self.windows = {arm: [] for arm in self.arms}

    async def warm_up(self) -> None:
        """Open the connections, fill the caches, learn the bodies; discard the numbers."""
        for arm in self.arms:
            await self._window(arm, self.schedule.warm_up)

    async def run(self, width: float, report: Progress) -> None:
        """Run rounds until the time is up, or every interval is narrow enough and the noise low."""
        # Triggers its imports before the clock starts; they take half a second.
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
            if self.count >= self.schedule.min_rounds and self._shows_enough(ratios, width):
                break

    def _shows_enough(self, ratios: list[Ratio], width: float) -> bool:
        """Whether to stop. More rounds would narrow a noisy floor, too."""
        return narrow_enough(ratios, width) and is_quiet(self.floor())

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
        """Each arm over the baseline, from pairs of windows in the same round."""
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
    """The quantity compared: requests per second in a closed loop. In an open loop these are as
    many as were offered, so it is 1 / median latency instead."""
    if window.rate is None:
        return window.rps
    return 1 / (window.latencies.percentile(0.5) or 1e-9)


def progress_text(ratios: list[Ratio], rounds: int) -> str:
    widest = max(ratio.width for ratio in ratios) / 2
    return f"round {rounds}" + (f", ±{widest:.0%}" if rounds > 2 else "")
