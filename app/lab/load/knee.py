"""Latency over the rate at which requests arrive: flat for long, then not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.lab.display.axes import unobtrusive
from app.lab.display.figure import figure_html
from app.lab.display.style import default_style
from app.lab.display.table import Table
from app.lab.load.measurement import Measurement
from app.lab.load.measuring import measure
from app.lab.load.observer import Observer
from app.lab.load.process import LoadProcess
from app.lab.load.rounds import Progress
from app.lab.load.schedule import short
from app.lab.load.target import Target
from app.lab.load.wording import decimals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.1)
"""Of the capacity in a closed loop."""
CONNECTIONS = 64
_SHORT_SHARES = (0.4, 0.8, 1.1)
_SHORT_SECONDS = 0.1
_LINES = ((0.5, "p50", "#0072B2", "o-"), (0.9, "p90", "#D55E00", "s--"))


@dataclass(frozen=True)
class Knee:
    """A closed loop, then an open one at several shares of what it reached."""

    closed: Measurement
    steps: tuple[Measurement, ...]
    """In ascending order of their rates."""

    @property
    def capacity(self) -> float:
        """Requests per second in the closed loop."""
        return self.closed.rps

    def table(self) -> Table:
        """A row for each rate; no percentiles where the backlog kept growing."""
        rows = [
            [
                f"{(one.rate or 0) / self.capacity:.0%}",
                f"{one.rate or 0:,.0f}",
                f"{one.rps:,.0f}",
                decimals(one.percentile(0.5), 1),
                decimals(one.percentile(0.9), 1),
                "backlog grows" if one.overloaded else "",
            ]
            for one in self.steps
        ]
        headers = ["of capacity", "offered/s", "answered/s", "p50 ms", "p90 ms", ""]
        return Table(headers, rows)

    @default_style()
    def chart(self) -> "Figure":
        """Both percentiles over the rate, up to where the server no longer keeps up."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        axes = figure.subplots()
        for share, name, colour, line in _LINES:
            known = {one.rate or 0: one.percentile(share) for one in self.steps}
            points = {rate: ms for rate, ms in known.items() if ms is not None}
            axes.plot(list(points), list(points.values()), line, color=colour, label=name)
        axes.axvline(self.capacity, color="#555555", linestyle=":", label="capacity, closed loop")
        for one in self.steps:
            if one.overloaded:
                axes.axvline(one.rate or 0, color="#D55E00", linewidth=6, alpha=0.3)
                axes.annotate(
                    "backlog grows", (one.rate or 0, 0.5), xycoords=("data", "axes fraction"),
                    xytext=(-4, 0), textcoords="offset points", rotation=90,
                    ha="right", va="center", color="#555555",
                )  # fmt: skip
                break
        axes.set_xlim(0)
        axes.set_ylim(0)
        axes.set_xlabel("requests that arrive per second")
        axes.set_ylabel("response time, ms")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
        unobtrusive(axes, values="y")
        axes.legend(frameon=False, loc="upper left")
        return figure

    def __str__(self) -> str:
        return str(self.table())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        alt = f"Response time by rate. {'; '.join(str(self).splitlines())}"
        return figure_html(self.chart(), alt) + self.table().html()


async def find_knee(
    target: Target,
    *,
    shares: Sequence[float] | None = None,
    seconds: float = 24.0,
    observer: Observer | None = None,
    on_progress: Progress | None = None,
) -> Knee:
    """Measure the capacity of ``target``, then its latency at ``shares`` of that, by default
    ``SHARES``, for ``seconds`` in all. Raises ``Unreachable`` if there is no server."""
    shares = shares or (_SHORT_SHARES if short() else SHARES)
    each = _SHORT_SECONDS if short() else seconds / (len(shares) + 1)

    async def step(rate: float | None) -> Measurement:
        return await measure(
            target,
            connections=CONNECTIONS,
            seconds=each,
            rate=rate,
            observer=observer,
            on_progress=on_progress,
            load=load,
        )

    async with LoadProcess() as load:
        closed = await step(None)
        steps = [await step(share * closed.rps) for share in sorted(shares)]
    return Knee(closed, tuple(steps))
