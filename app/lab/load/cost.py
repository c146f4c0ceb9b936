"""What a measurement cost the load generator and the server, and which of them was the limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.lab.load.histogram import Histogram
from app.lab.load.window import Window
from app.lab.load.wording import UNKNOWN, decimals, microseconds, milliseconds

BUSY_SHARE = 0.9
"""The generator was the limit if it wanted a core for more than this share of the time."""
NEAR_CEILING = 0.8
"""So it was above this share of its own ceiling."""
AS_HEAVY, AT_WORK = 0.9, 0.5
"""And so it was if it used more than this many times the server's CPU time and wanted a core for
more than this share of the time: on a busy machine neither of the two gets a core to itself."""
DISTURBING_SHARE = 0.05
"""Share of a core that other work in the server's process may use before a note mentions it."""


@dataclass(frozen=True)
class Cost:
    """Sums over windows. CPU time and lag in seconds, memory in bytes."""

    windows: tuple[Window, ...]
    ceiling: float | None = None
    """Requests per second that the generator can reach with replies of this size, if measured."""

    @property
    def elapsed(self) -> float:
        return sum(window.elapsed for window in self.windows)

    @property
    def requests(self) -> int:
        """Successes and failures."""
        return sum(window.requests + window.failed for window in self.windows)

    @property
    def rps(self) -> float:
        """Successes per second."""
        return self._per_second(sum(window.requests for window in self.windows))

    @property
    def client_cpu(self) -> float:
        return sum(window.client_cpu for window in self.windows)

    @property
    def client_share(self) -> float:
        """CPU seconds of the load generator per second."""
        return self._per_second(self.client_cpu)

    @property
    def client_demand(self) -> float:
        """Share of the time that the generator was running or runnable."""
        queue = sum(window.client_queue for window in self.windows)
        return self._per_second(self.client_cpu + queue)

    @property
    def server_cpu(self) -> float | None:
        """Of the server's processes; ``None`` if they cannot be found."""
        known = [window.server.cpu for window in self.windows if window.server.cpu is not None]
        return sum(known) if known and len(known) == len(self.windows) else None

    @property
    def client_cpu_per_request(self) -> float:
        return self.client_cpu / max(self.requests, 1)

    @property
    def server_cpu_per_request(self) -> float | None:
        return None if self.server_cpu is None else self.server_cpu / max(self.requests, 1)

    @property
    def memory(self) -> int | None:
        """The most memory that the server's processes held after any window."""
        return max((w.server.memory for w in self.windows if w.server.memory), default=None)

    @property
    def growth(self) -> int | None:
        """How much memory the server's process gained during the windows."""
        known = [w.server.growth for w in self.windows if w.server.growth is not None]
        return sum(known) if known else None

    @cached_property
    def lag(self) -> Histogram:
        """Open loop: how long a callback waited for the server's event loop. Empty where the loop
        cannot be reached."""
        return Histogram.merged(window.server.lag for window in self.windows)

    @property
    def disturbance(self) -> float:
        """CPU seconds per second used by other work in the server's process."""
        return self._per_second(sum(window.server.disturbance for window in self.windows))

    @property
    def client_bound(self) -> bool:
        """Whether the load generator was the limit, and not the server."""
        near = self.ceiling is not None and self.rps > NEAR_CEILING * self.ceiling
        heavy = self.server_cpu is not None and self.client_cpu > AS_HEAVY * self.server_cpu
        return near or self.client_demand > BUSY_SHARE or (heavy and self.client_demand > AT_WORK)

    @property
    def split(self) -> str:
        """How the CPU time was divided, in words."""
        parts = [f"it used {self.client_share:.0%} of a core"]
        if self.server_cpu is not None:
            parts.append(f"the server {self._per_second(self.server_cpu):.0%}")
        if self.ceiling:
            share = self.rps / self.ceiling
            parts.append(f"{share:.0%} of what it reaches against a server that does nothing")
        return ", ".join(parts)

    @property
    def warning(self) -> str | None:
        """What disturbed the server, in words."""
        if self.disturbance <= DISTURBING_SHARE:
            return None
        return (
            f"Something else was running in this kernel and used {self.disturbance:.0%} of a core; "
            "the server shares the interpreter with it. Measure again when nothing else is running."
        )

    def to_json(self) -> dict[str, float | int | None]:
        return {
            "client_cpu_us": self.client_cpu_per_request * 1e6,
            "server_cpu_us": microseconds(self.server_cpu_per_request),
            "server_memory": self.memory,
            "server_growth": self.growth,
            "loop_lag_p90_ms": milliseconds(self.lag.percentile(0.9)),
            "loop_lag_max_ms": milliseconds(self.lag.percentile(1.0)),
        }

    def _per_second(self, amount: float) -> float:
        return amount / self.elapsed if self.windows else 0.0


_COLUMNS: dict[str, Callable[[Cost], str]] = {
    "server CPU, µs": lambda cost: decimals(microseconds(cost.server_cpu_per_request), 0),
    "client CPU, µs": lambda cost: decimals(microseconds(cost.client_cpu_per_request), 0),
    "event loop lag, ms (p90)": lambda cost: decimals(milliseconds(cost.lag.percentile(0.9)), 1),
    "server memory, MB": lambda cost: decimals(cost.memory and cost.memory / 1e6, 0),
}


def cost_columns(costs: Sequence[Cost]) -> dict[str, list[str]]:
    """Header to cells, per request, for every figure that at least one of them has."""
    columns = {header: [cell(cost) for cost in costs] for header, cell in _COLUMNS.items()}
    return {header: cells for header, cells in columns.items() if set(cells) != {UNKNOWN}}
