"""What the numbers of a measurement alone do not show: one sentence for all arms it concerns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from app.course.wording import count_of
from app.lab.load.cost import Cost
from app.lab.load.histogram import Histogram
from app.lab.load.statistics import enough_samples
from app.lab.load.window import Window
from app.lab.load.wording import decimals, milliseconds, quoted


class Measured(Protocol):
    """The part of a measurement that notes need."""

    @property
    def windows(self) -> Sequence[Window]: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def overloaded(self) -> bool: ...
    @property
    def latencies(self) -> Histogram: ...
    @property
    def lateness(self) -> Histogram: ...
    @property
    def cost(self) -> Cost: ...


def notes_on(arms: Mapping[str, Measured]) -> list[str]:
    """Each note once, preceded by the names of its arms unless it concerns all of them."""
    notes = []
    for concerns, describe in _NOTES:
        concerned = {arm: measured for arm, measured in arms.items() if concerns(measured)}
        if concerned:
            names = f"{quoted(concerned)}: " if len(concerned) < len(arms) else ""
            notes.append(names + describe(list(concerned.values())))
    return notes


def _backlog(_: Sequence[Measured]) -> str:
    return (
        "The backlog kept growing: the server is overloaded at this rate, and a percentile would "
        "only reflect how long the measurement ran."
    )


def _lacks_tail(measured: Measured) -> bool:
    return not measured.overloaded and not enough_samples(0.99, measured.latencies.total)


def _few_requests(concerned: Sequence[Measured]) -> str:
    counts = [measured.latencies.total for measured in concerned]
    low, high = f"{min(counts):,}", f"{max(counts):,}"
    counted = low if low == high else f"{low} to {high}"
    return f"Too few requests for a p99 ({counted}), which takes 10,000."


def _is_open_loop(measured: Measured) -> bool:
    return bool(measured.rate and measured.windows and not measured.overloaded)


def _queue_and_generator(concerned: Sequence[Measured]) -> str:
    peak = max(window.backlog_peak for measured in concerned for window in measured.windows)
    queued = f"At most {count_of(peak, 'request')}" if peak else "No request"
    late = max(measured.lateness.percentile(0.99) or 0.0 for measured in concerned)
    return (
        f"{queued} had to queue; the generator itself was up to "
        f"{decimals(milliseconds(late), 2)} ms late (p99)."
    )


def _disturbance(concerned: Sequence[Measured]) -> str:
    costs = [measured.cost for measured in concerned]
    return max(costs, key=lambda cost: cost.disturbance).warning or ""


_NOTES: Sequence[tuple[Callable[[Measured], bool], Callable[[Sequence[Measured]], str]]] = (
    (lambda measured: measured.overloaded, _backlog),
    (_lacks_tail, _few_requests),
    (_is_open_loop, _queue_and_generator),
    (lambda measured: measured.cost.warning is not None, _disturbance),
)
