"""Whether a shop keeps to its objectives on an ordinary day: the data behind ``course slo``."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import Any

from app.lab.display.table import Table
from app.lab.load.machine import core_count
from app.lab.load.measurement import Measurement
from app.lab.load.measuring import measure
from app.lab.load.objectives import Estimate, Judged, Objectives, Standing, judge_objectives
from app.lab.load.observer import Observer
from app.lab.load.rounds import Progress
from app.lab.load.schedule import short
from app.lab.load.target import Target
from app.lab.load.window import Window
from app.lab.load.wording import UNKNOWN
from app.lab.load.workload import workload

CONNECTIONS = 64
"""More than a server that keeps up needs; one that does not would queue the rest anyway."""
WINDOW = 1.0
"""Seconds. Long enough for a queue to show, short enough for an interval after half a minute."""
_SHORT_SECONDS, _SHORT_CONNECTIONS = 0.05, 16
"""Of the short mode. What a slow shop has not answered by then is still waited for."""
HOPELESS = 3
"""Windows in which the server falls behind before the run ends early."""


@dataclass(frozen=True)
class ServiceLevels:
    """``str()`` renders a table for the terminal, ``to_json()`` one for programs."""

    measured: Measurement
    judged: tuple[Judged, ...]

    @property
    def met(self) -> bool:
        """Whether every objective is."""
        return all(one.standing is Standing.MET for one in self.judged)

    def to_json(self) -> dict[str, Any]:
        """``met``, ``objectives`` and the whole ``measurement``."""
        return {
            "met": self.met,
            "objectives": [
                {
                    "name": one.name,
                    "limit": one.limit,
                    "value": one.estimate and one.estimate.value,
                    "low": one.estimate and _finite(one.estimate.low),
                    "high": one.estimate and _finite(one.estimate.high),
                    "verdict": str(one.standing),
                    "reason": one.reason,
                }
                for one in self.judged
            ],
            "measurement": self.measured.to_json(),
        }

    def table(self) -> Table:
        """The verdict on each objective, and below it why there is no better one."""
        rows = [
            [one.name, one.limit, *_cells(one.estimate), str(one.standing)] for one in self.judged
        ]
        reasons = dict.fromkeys(one.reason for one in self.judged if one.reason)
        return Table(
            ["", "objective", "measured", "95 % interval", "verdict"], rows, " ".join(reasons)
        )

    @property
    def exit_code(self) -> int:
        """That of ``course slo``: 0 if every objective is met, else 1."""
        return 0 if self.met else 1

    @property
    def verdict(self) -> str:
        """One sentence."""
        names = {
            standing: [one.name for one in self.judged if one.standing is standing]
            for standing in (Standing.MISSED, Standing.UNKNOWN)
        }
        found = [f"{standing}: {', '.join(those)}" for standing, those in names.items() if those]
        return f"Exit code {self.exit_code}. {'; '.join(found) or 'All objectives are met'}."

    def __str__(self) -> str:
        return f"{self.table()}\n\n{self.verdict}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.verdict)}</strong></p>{self.table().html()}"


async def check_objectives(
    url: str,
    token: str,
    objectives: Objectives,
    *,
    seconds: float = 30.0,
    observer: Observer | None = None,
    on_progress: Progress | None = None,
) -> ServiceLevels:
    """Send the mix of an ordinary day to the shop at ``url``, at the rate of the ``objectives`` and
    whether or not it keeps up.

    ``token`` is the customer's who sends it. ``observer`` reports the server's side; by default,
    what the operating system knows of it. The mix writes orders, comments and prices. Raises
    ``Unreachable`` if there is no server.
    """
    seconds = min(seconds, _SHORT_SECONDS) if short() else seconds
    windows = max(1, round(seconds / WINDOW))
    measured = await measure(
        Target(url, workload(token)),
        connections=_SHORT_CONNECTIONS if short() else CONNECTIONS,
        seconds=seconds,
        windows=windows,
        rate=objectives.rate,
        ends_early=is_hopeless,
        observer=observer,
        on_progress=on_progress,
    )
    return ServiceLevels(measured, judge_objectives(measured, objectives, core_count()))


def is_hopeless(windows: Sequence[Window]) -> bool:
    """Whether the server has fallen behind from the start. Each window lasts until its backlog is
    worked off, which may take minutes."""
    return len(windows) >= HOPELESS and all(window.overloaded for window in windows)


def _cells(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return [UNKNOWN, UNKNOWN]
    interval = f"{_number(max(estimate.low, 0.0))} to {_number(estimate.high)}"
    return [_number(estimate.value), interval]


def _number(value: float) -> str:
    if not isfinite(value):
        return "∞"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
