"""Service level objectives: limits, what was measured, and whether it keeps to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, sqrt

from app.lab.load.measurement import Measurement
from app.lab.load.statistics import CONFIDENCE, t_quantile
from app.lab.load.tails import percentile_interval

LATE = 0.5
"""A percentile above its limit says nothing about the server if the generator itself was late by
more than this share of the limit (p99)."""


@dataclass(frozen=True, slots=True)
class Objectives:
    """The limits. The defaults are usual ones for an interactive API."""

    rate: float = 1_000
    """Requests per second that are sent, and must be answered."""
    p50_ms: float = 50
    """Milliseconds within which half of the requests must be answered."""
    p99_ms: float = 200
    """Milliseconds within which 99 % of them must be."""
    errors: float = 0.1
    """Percentage of the requests that may fail."""
    cpu: float = 70
    """Percentage of all cores that the server's processes may use."""


class Standing(StrEnum):
    """Whether an objective is reached."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float

    def below(self, limit: float) -> Standing:
        """Met or missed if the whole interval is on one side of ``limit``."""
        if self.high < limit:
            return Standing.MET
        return Standing.MISSED if self.low > limit else Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of the verdict."""

    name: str
    limit: str
    estimate: Estimate | None
    """``None`` where there are too few requests or windows for one, or it cannot be known."""
    standing: Standing
    reason: str = ""
    """Why there is no better verdict, in a sentence."""


def judge_objectives(
    measured: Measurement, objectives: Objectives, cores: int
) -> tuple[Judged, ...]:
    """Each objective in turn. Nothing is met or missed by a run in which the load generator was the
    limit."""
    judged = (
        _latency("P50", 0.5, measured, objectives.p50_ms),
        _latency("P99", 0.99, measured, objectives.p99_ms),
        _throughput(measured, objectives.rate),
        _errors(measured, objectives.errors),
        _cpu(measured, objectives.cpu, cores),
    )
    if not measured.client_bound:
        return judged
    reason = f"The load generator was the limit: {measured.cost.split}."
    return tuple(
        Judged(one.name, one.limit, one.estimate, Standing.UNKNOWN, reason) for one in judged
    )


def _latency(name: str, share: float, measured: Measurement, limit_ms: float) -> Judged:
    limit = f"< {limit_ms:g} ms"
    if _falling_behind(measured) is Standing.MISSED:
        reason = "With a growing backlog, a response takes longer the longer the run is."
        return Judged(name, limit, None, Standing.MISSED, reason)
    found = measured.latencies.percentile(share)
    interval = percentile_interval([window.latencies for window in measured.windows], share)
    if found is None or interval is None:
        reason = f"There are too few requests or windows for {name}: {measured.requests:,} and "
        reason += f"{len(measured.windows)}."
        return Judged(name, limit, None, Standing.UNKNOWN, reason)
    estimate = Estimate(found * 1e3, *(edge * 1e3 for edge in interval))
    standing = estimate.below(limit_ms)
    late_ms = (measured.lateness.percentile(0.99) or 0.0) * 1e3
    if standing is Standing.MISSED and late_ms > LATE * limit_ms:
        reason = f"The load generator itself was up to {late_ms:,.0f} ms late (p99)."
        return Judged(name, limit, estimate, Standing.UNKNOWN, reason)
    return Judged(name, limit, estimate, standing)


def _falling_behind(measured: Measurement) -> Standing:
    """Whether the server keeps up: missed if it did not in most of the windows."""
    behind = sum(window.overloaded for window in measured.windows)
    if 2 * behind > len(measured.windows):
        return Standing.MISSED
    return Standing.UNKNOWN if behind else Standing.MET


def _throughput(measured: Measurement, rate: float) -> Judged:
    estimate = mean_of([window.rps for window in measured.windows])
    standing = _falling_behind(measured)
    behind = sum(window.overloaded for window in measured.windows)
    reason = f"In {behind} of {len(measured.windows)} windows the backlog kept growing."
    return Judged(
        "Throughput", f"{rate:,g} per second", estimate, standing, reason if behind else ""
    )


def _errors(measured: Measurement, limit: float) -> Judged:
    failed = sum(measured.errors.values())
    estimate = share_of(failed, failed + measured.requests)
    standing = estimate.below(limit / 100)
    percent = Estimate(*(100 * edge for edge in (estimate.value, estimate.low, estimate.high)))
    reason = ""
    if standing is Standing.UNKNOWN and not failed:
        reason = f"None of {measured.requests:,} failed, which are too few to rule that out."
    return Judged("Errors", f"< {limit:g} %", percent, standing, reason)


def _cpu(measured: Measurement, limit: float, cores: int) -> Judged:
    shares = [
        100 * window.server.cpu / window.elapsed / cores
        for window in measured.windows
        if window.server.cpu is not None
    ]
    limit_text = f"< {limit:g} % of {cores} cores"
    if not shares:
        reason = "The server's processes could not be found."
        return Judged("CPU", limit_text, None, Standing.UNKNOWN, reason)
    estimate = mean_of(shares)
    return Judged("CPU", limit_text, estimate, estimate.below(limit))


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean with Student's t interval, which is infinite for a single value."""
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Estimate(mean, -inf, inf)
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    half = t_quantile(count - 1) * sqrt(variance / count)
    return Estimate(mean, mean - half, mean + half)


def share_of(failed: int, total: int) -> Estimate:
    """A share with its exact binomial interval (Clopper and Pearson, 1934)."""
    from scipy.special import betaincinv

    if not total:
        return Estimate(0.0, 0.0, 1.0)
    edge = (1 - CONFIDENCE) / 2
    low = float(betaincinv(failed, total - failed + 1, edge)) if failed else 0.0
    high = float(betaincinv(failed + 1, total - failed, 1 - edge)) if failed < total else 1.0
    return Estimate(failed / total, low, high)
