"""Measure one URL or compare two: the data behind ``course bench``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.lab.load.comparison import Comparison, interval_json
from app.lab.load.errors import LoadError
from app.lab.load.measurement import Measurement
from app.lab.load.measuring import compare, measure
from app.lab.load.offered import Rate
from app.lab.load.rounds import Progress


@dataclass(frozen=True)
class Bench:
    """``str()`` renders a report for the terminal, ``to_json()`` one for programs."""

    result: Measurement | Comparison

    def to_json(self) -> dict[str, Any]:
        """``{"targets": [...]}``; with two targets also ratio, ci_low, ci_high and verdict."""
        if isinstance(self.result, Measurement):
            return {"targets": [self.result.to_json()]}
        second = list(self.result.measurements)[-1]
        return {
            "targets": [m.to_json() for m in self.result.measurements.values()],
            **self.result.ratio_json(second),
            "p99_ratio": interval_json(self.result.tails.get(second)),
            "floor": interval_json(self.result.floor),
            "rounds": self.result.rounds,
            "problems": [
                f"{arm}: {problem}"
                for arm, problems in self.result.problems.items()
                for problem in problems
            ],
        }

    def __str__(self) -> str:
        return str(self.result)


async def bench(
    urls: Sequence[str],
    *,
    connections: int = 32,
    duration: float = 10.0,
    rate: Rate = None,
    on_progress: Progress | None = None,
) -> Bench:
    """Measure one URL, or compare two, for ``duration`` seconds.

    The ratio is the second URL's requests per second divided by the first's. At a fixed ``rate``,
    where both answer equally many, it is the first URL's median response time divided by the
    second's. Raises ``CourseError`` for any other number of URLs, a URL on another machine, or a
    server that does not answer."""
    if len(urls) == 1:
        measurement = await measure(
            urls[0], connections=connections, seconds=duration, rate=rate, on_progress=on_progress
        )
        return Bench(measurement)
    if len(urls) != 2:
        raise LoadError("Give one URL to measure, or two to compare.")
    first, second = (_short(url) for url in urls)
    if first == second:
        second = f"{second} (again)"
    return Bench(
        await compare(
            {first: urls[0], second: urls[1]},
            connections=connections,
            seconds=duration,
            rate=rate,
            width=0.0,
            on_progress=on_progress,
        )
    )


def _short(url: str) -> str:
    """What distinguishes two URLs on this machine: port and path."""
    return re.sub(r"^http://(127\.0\.0\.1|localhost|\[::1\])(?=[:/])", "", url)
