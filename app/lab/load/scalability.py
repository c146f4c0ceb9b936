"""The universal scalability law, fitted to as many or as few measurements as there are."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.lab.load.objectives import Estimate
from app.lab.load.statistics import CONFIDENCE

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Numbers = NDArray[float64]

CONTENTION, COHERENCY = 0.1, 0.01
"""The most that is taken for possible of either before it was measured."""
NOISE = 0.03
"""Of a measurement, beyond what its own windows show: two runs differ by more than two windows."""
DRAWS = 40_000
NORMAL = 1.96


class Scalability:
    """Gunther's law: ``n`` workers answer ``c n / (1 + s (n - 1) + k n (n - 1))`` a second.

    ``c`` is the capacity of one worker, ``s`` the share of the work for which they wait for each
    other (contention), ``k`` what each pair of them costs to keep in agreement (coherency). All
    values of ``s`` and ``k`` up to a limit are taken for equally likely, and weighted by how well
    they agree with the measurements. One worker alone says nothing of them.
    """

    excess: float
    """How many times as far from the law the measurements are as their intervals would allow; at
    least 1. All intervals are that much wider."""

    def __init__(
        self,
        measured: Mapping[int, Estimate],
        limited: "Callable[[Numbers, int], Numbers] | None" = None,
    ) -> None:
        """``measured``: requests per second by number of workers, 1 among them. ``limited``: what
        else may limit those of so many workers."""
        import numpy as np

        rng = np.random.default_rng(0)
        one = measured[1]
        self._capacity = rng.normal(one.value, _deviation(one), DRAWS)
        self._contention = rng.uniform(0, CONTENTION, DRAWS)
        self._coherency = rng.uniform(0, COHERENCY, DRAWS)
        misfit = np.zeros(DRAWS)
        for workers, seen in measured.items():
            if workers > 1:
                expected = self.draws(workers)
                if limited is not None:
                    expected = limited(expected, workers)
                misfit += ((expected - seen.value) / _deviation(seen)) ** 2
        # Where even the best draw is far off, the measurements are less certain than they look.
        self.excess = max(float(misfit.min()) / max(len(measured) - 1, 1), 1.0) ** 0.5
        misfit /= self.excess**2
        weights = np.exp(-misfit / 2)
        self._weights = weights / weights.sum()

    def draws(self, workers: int) -> "Numbers":
        """Requests per second of so many workers, one value for each way that things may be."""
        import numpy as np

        hindrance = self._contention + self._coherency * workers
        return np.asarray(self._capacity * workers / (1 + hindrance * (workers - 1)))

    def estimate(self, draws: "Numbers") -> Estimate:
        """The median and the 95 % interval of such values."""
        import numpy as np

        order = np.argsort(draws)
        reached = self._weights[order].cumsum()
        edge = (1 - CONFIDENCE) / 2
        places = np.searchsorted(reached, (edge, 0.5, 1 - edge)).clip(max=len(draws) - 1)
        low, middle, high = draws[order][places]
        return Estimate(float(middle), float(low), float(high))


def _deviation(seen: Estimate) -> float:
    """The standard deviation that an interval stands for, and that of another day."""
    own = (seen.high - seen.low) / 2 / NORMAL
    return float((own**2 + (NOISE * seen.value) ** 2) ** 0.5)
