"""How many requests per second more workers and hosts would answer, and how well that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from app.course.errors import CourseError
from app.lab.display.axes import unobtrusive
from app.lab.display.figure import figure_html
from app.lab.display.style import default_style
from app.lab.display.table import Table
from app.lab.load.machine import core_count
from app.lab.load.measurement import Measurement
from app.lab.load.objectives import Estimate, mean_of
from app.lab.load.scalability import Scalability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from app.lab.load.scalability import Numbers

UNUSED = 0.3
"""The most of the cores that the system, PostgreSQL and waiting may take from the workers."""
HOSTS = (1, 2, 4, 8)
HONEST = 2.0
"""An interval whose ends differ by more than this factor predicts nothing."""
FAR = 2.0
_MISFIT = (
    "The law does not describe these measurements: in one of them, something else was the limit, "
    "such as the load generator, the cores or the database. The intervals are wider for it."
)


@dataclass(frozen=True)
class Capacity:
    """What measuring some numbers of workers says of others.

    The universal scalability law, and the cores: however many workers there are, what their
    requests take of CPU time has to fit onto the cores of their hosts.
    """

    measured: Mapping[int, Estimate]
    """Requests per second by number of workers."""
    cpu: float
    """Seconds of CPU time that a request takes of the server's processes; 0 if unknown."""
    generator_cpu: float
    """The same of the load generator."""
    cores: int
    """Of each host."""

    @classmethod
    def of(cls, measured: Mapping[int, Measurement]) -> Self:
        """What these measurements say.

        Args:
            measured: What ``lab.measure`` returned for each number of workers, each in a closed
                loop with several windows; for one worker at least.

        Returns:
            The capacity, to ``predict`` others from.

        Raises:
            CourseError: without a measurement of one worker; for one at a fixed rate, with errors
                or of a single window.
        """
        for workers, one in measured.items():
            if one.rate is not None or one.errors or len(one.windows) < 2:
                raise CourseError(
                    f"Measure {workers} in a closed loop with several windows, and without errors."
                )
        if 1 not in measured:
            raise CourseError("Measure one worker: `Capacity.of({1: …})`.")
        costs = [one.cost for one in measured.values()]
        requests = sum(cost.requests for cost in costs)
        return cls(
            {n: mean_of([w.rps for w in one.windows]) for n, one in sorted(measured.items())},
            sum(cost.server_cpu or 0.0 for cost in costs) / requests,
            sum(cost.client_cpu for cost in costs) / requests,
            core_count(),
        )

    def predict(self, workers: int, *, hosts: int = 1, beside_generator: bool = False) -> Estimate:
        """Predict the requests per second.

        Args:
            workers: On each host.
            hosts: As large as this one, all of them with the same database.
            beside_generator: Whether the load generator runs on the same host and takes its share
                of the cores, as it does here.

        Returns:
            The ``value`` and its 95 % interval, ``low`` to ``high``.
        """
        if workers == 1 == hosts:
            return self.measured[1]
        draws = self._law.draws(workers * hosts)
        return self._law.estimate(
            self._on_cores(draws, hosts, self.generator_cpu if beside_generator else 0.0)
        )

    @cached_property
    def _law(self) -> Scalability:
        return Scalability(
            self.measured, lambda draws, _: self._on_cores(draws, 1, self.generator_cpu)
        )

    def _on_cores(self, draws: "Numbers", hosts: int, others: float) -> "Numbers":
        """At most what the cores of these hosts allow, at least what one worker was seen to do."""
        import numpy as np

        if not self.cpu:
            return draws
        used = 1 - np.random.default_rng(1).uniform(0, UNUSED, len(draws))
        most = used * hosts * self.cores / (self.cpu + others)
        return np.asarray(np.minimum(draws, np.maximum(most, self.measured[1].value)))

    def table(self, hosts: Sequence[int] = HOSTS, *, workers: int | None = None) -> Table:
        """Predictions for so many hosts.

        Args:
            hosts: Numbers of hosts.
            workers: On each of them; by default one for each core.

        Returns:
            A row for each number, with the interval, and whether it says anything.
        """
        workers = workers or self.cores
        found = {n: self.predict(workers, hosts=n) for n in hosts}
        rows = [[f"{n}", f"{n * workers}", *_cells(one), _worth(one)] for n, one in found.items()]
        headers = ["hosts", "workers", "requests/s", "95 % interval", ""]
        return Table(headers, rows, _MISFIT if self._law.excess > FAR else "")

    @default_style()
    def chart(self, hosts: int = HOSTS[-1], *, workers: int | None = None) -> "Figure":
        """The prediction, a band for its interval, dots for what was measured.

        Args:
            hosts: The highest number of hosts.
            workers: On each of them; by default one for each core.

        Returns:
            Matplotlib's figure.
        """
        from matplotlib.figure import Figure

        workers = workers or self.cores
        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        axes = figure.subplots()
        found = {n * workers: self.predict(workers, hosts=n) for n in range(1, hosts + 1)}
        lows, highs = [one.low for one in found.values()], [one.high for one in found.values()]
        axes.fill_between(list(found), lows, highs, color="#0072B2", alpha=0.2, linewidth=0)
        middles = [one.value for one in found.values()]
        axes.plot(list(found), middles, color="#0072B2", label="predicted, with its 95 % interval")
        seen = [one.value for one in self.measured.values()]
        axes.plot(list(self.measured), seen, "o", color="#D55E00", label="measured here")
        axes.set_xlim(0)
        axes.set_ylim(0)
        axes.set_xlabel(f"workers, {workers} on each host")
        axes.set_ylabel("requests per second")
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,g}")
        unobtrusive(axes, values="y")
        axes.legend(frameon=False, loc="upper left")
        return figure

    def __str__(self) -> str:
        return str(self.table())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        alt = f"Predicted requests per second by workers. {'; '.join(str(self).splitlines())}"
        return self.table().html() + figure_html(self.chart(), alt)


def _cells(one: Estimate) -> list[str]:
    return [f"{one.value:,.0f}", f"{one.low:,.0f} to {one.high:,.0f}"]


def _worth(one: Estimate) -> str:
    return "" if one.high <= HONEST * one.low else "a guess"
