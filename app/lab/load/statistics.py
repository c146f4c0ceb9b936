"""What windows prove: intervals, when to stop, verdicts, and which percentiles to report."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, isfinite, log, nan, sqrt
from typing import Self

CONFIDENCE = 0.95
MARGIN = 0.05
"""An arm whose whole interval lies within this distance of 1 counts as the same."""
NEEDED = ((0.999, 100_000), (0.99, 10_000), (0.9, 100), (0.5, 20))
"""Requests needed before a percentile means anything."""
FLOOR_WINDOWS = 8
"""With fewer, the interval of two or three pairs would say more about their number than the noise.
"""
NOISY_FROM = 1.25
"""A run in which the baseline may differ from itself by this factor is a noisy one."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quantity of an arm as a multiple of the baseline's, with its 95 % interval."""

    ratio: float
    """The point estimate; 1 is equality."""
    low: float
    """The lower end of the interval."""
    high: float
    """The upper end, ``inf`` when there are too few pairs to know."""

    @property
    def width(self) -> float:
        """The interval's width as a share of the ratio."""
        return (self.high - self.low) / self.ratio

    def inverse(self) -> Self:
        """The baseline over the arm.

        Returns:
            The ratio and its interval, each turned over.
        """
        return type(self)(1 / self.ratio, 1 / self.high, 1 / self.low if self.low else inf)

    def __str__(self) -> str:
        return f"{times(self.ratio)} ({times(self.low)} to {times(self.high)})"


class Verdict(StrEnum):
    FASTER = "faster"
    SLOWER = "slower"
    SAME = "within ±5 %"
    UNSHOWN = "no difference can be shown"
    NOISY = "cannot tell"
    INVALID = "invalid"


DIFFERENT = (Verdict.FASTER, Verdict.SLOWER)


def log_ratio_interval(baseline: Sequence[float], other: Sequence[float]) -> Ratio:
    """Student's t interval on the logarithms of the ratios of pairs of windows.

    Pairs, because whatever slows the machine down for a second slows both windows of a pair.
    Logarithms, because "twice" and "half" are equally far from "the same". A single pair gives an
    infinite interval.
    """
    logs = [log(b / a) for a, b in zip(baseline, other, strict=True)]
    count = len(logs)
    if not count:
        return Ratio(nan, 0.0, inf)
    mean = sum(logs) / count
    if count < 2:
        return Ratio(exp(mean), 0.0, inf)
    variance = sum((x - mean) ** 2 for x in logs) / (count - 1)
    half = t_quantile(count - 1) * sqrt(variance / count)
    return Ratio(exp(mean), exp(mean - half), exp(min(mean + half, 700)))


def floor_interval(rates: Sequence[float]) -> Ratio:
    """An arm against itself: its neighbouring windows, taken as pairs.

    Numerator and denominator alternate, so that a machine that slowly warms up does not look like a
    difference. There are half as many pairs as in a comparison, and they are further apart, so the
    interval errs on the wide side. It is infinite for fewer than ``FLOOR_WINDOWS``.
    """
    if len(rates) < FLOOR_WINDOWS:
        return Ratio(nan, 0.0, inf)
    even, odd = list(rates[: len(rates) // 2 * 2 : 2]), list(rates[1::2])
    for index in range(1, len(even), 2):
        even[index], odd[index] = odd[index], even[index]
    return log_ratio_interval(even, odd)


def noise_of(floor: Ratio) -> float:
    """The factor up to which a ratio may be mere noise; 1 in a run that is quiet enough.

    It matters once the baseline against itself may be off by ``NOISY_FROM``, or does not include 1.
    """
    factor = _reach(floor)
    return factor if factor >= NOISY_FROM or not floor.low <= 1 <= floor.high else 1.0


def is_quiet(floor: Ratio) -> bool:
    """Whether the noise of a run is known to be small, or not known."""
    return _reach(floor) < NOISY_FROM


def _reach(floor: Ratio) -> float:
    """The factor by which the baseline may differ from itself; 1 if that is not known."""
    known = isfinite(floor.high) and floor.low > 0
    return max(floor.high, 1 / floor.low) if known else 1.0


def t_quantile(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t."""
    # The same value as scipy.stats.t.ppf, but scipy.stats takes over a second to import.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))


def judge(ratio: Ratio) -> Verdict:
    """The verdict of a valid comparison.

    Args:
        ratio: Speed of an arm over the baseline's, with its interval.

    Returns:
        ``within ±5 %`` when the whole interval is, else ``faster`` or ``slower`` when it leaves out
        1, else ``no difference can be shown``.
    """
    if ratio.low >= 1 - MARGIN and ratio.high <= 1 + MARGIN:
        return Verdict.SAME
    if ratio.low > 1:
        return Verdict.FASTER
    if ratio.high < 1:
        return Verdict.SLOWER
    return Verdict.UNSHOWN


def narrow_enough(ratios: Sequence[Ratio], width: float) -> bool:
    """Whether every interval is narrow enough to stop. It does not matter whether it excludes 1:
    stopping at the first significant result finds differences where there are none."""
    return all(ratio.width <= width for ratio in ratios)


def enough_samples(share: float, samples: int) -> bool:
    """Whether there are enough samples to report this percentile.

    Args:
        share: The percentile as a share, such as 0.99 for p99.
        samples: Requests that were measured.

    Returns:
        True from 20 samples for p50, 100 for p90, 10,000 for p99, 100,000 for p99.9.
    """
    return samples >= next((count for least, count in NEEDED if share >= least), 1)


def times(value: float) -> str:
    """A ratio for people, to three significant digits: ``12.3×``."""
    if value >= 1000:
        return "∞" if value == inf else f"{value:,.0f}×"
    return f"{value:.3g}×" if value >= 10 else f"{value:.2f}×"


def percent(ratio: float) -> str:
    """A ratio as a change: ``+8 %``, ``−3 %``; above 2, as a multiple."""
    if ratio > 2:
        return times(ratio)
    change = round((ratio - 1) * 100)
    sign = "−" if change < 0 else "+"
    return f"{sign}{abs(change)} %"
