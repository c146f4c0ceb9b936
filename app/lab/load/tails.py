"""How slow the slowest requests are, and whether one arm's are slower than another's."""

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

from app.lab.load.histogram import Histogram, middle
from app.lab.load.statistics import CONFIDENCE, Ratio, enough_samples

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    Counts = NDArray[int64]
    Numbers = NDArray[float64]

MIN_PAIRS = 20
"""With fewer, a bootstrap interval is too narrow: with 10 pairs it misses one time in ten."""
RESAMPLES = 2_000


def tail_ratio(
    baseline: Sequence[Histogram], other: Sequence[Histogram], share: float
) -> Ratio | None:
    """A percentile of ``other`` as a multiple of the baseline's, with its 95 % interval.

    The bootstrap resamples whole pairs of windows. Requests of one window share its bad moments, so
    resampling single requests would make the interval far too narrow. ``None`` with too few pairs,
    or too few requests for the percentile.
    """
    pairs = list(zip(baseline, other, strict=False))
    arms = [Histogram.merged(arm) for arm in zip(*pairs, strict=True)]
    if len(pairs) < MIN_PAIRS or not all(enough_samples(share, arm.total) for arm in arms):
        return None
    first, second = (arm.percentile(share) or nan for arm in arms)
    low, high = _interval([a for a, _ in pairs], [b for _, b in pairs], share)
    return Ratio(second / first, low, high)


def percentile_interval(windows: Sequence[Histogram], share: float) -> tuple[float, float] | None:
    """The 95 % interval of a percentile of all windows, in seconds, from resampled whole windows.

    ``None`` with fewer than ``MIN_PAIRS`` windows, or too few requests for the percentile.
    """
    if len(windows) < MIN_PAIRS or not enough_samples(share, Histogram.merged(windows).total):
        return None
    return _edges(_percentiles(_draws(len(windows)), windows, share))


def _interval(
    baseline: Sequence[Histogram], other: Sequence[Histogram], share: float
) -> tuple[float, float]:
    draws = _draws(len(baseline))
    return _edges(_percentiles(draws, other, share) / _percentiles(draws, baseline, share))


def _draws(count: int) -> "Counts":
    """How often each resample has each of ``count`` windows."""
    import numpy as np

    return np.random.default_rng(0).multinomial(count, [1 / count] * count, RESAMPLES)


def _edges(values: "Numbers") -> tuple[float, float]:
    """The 95 % interval of resampled values."""
    import numpy as np

    edge = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, (edge, 1 - edge))
    return float(low), float(high)


def _percentiles(draws: "Counts", windows: Sequence[Histogram], share: float) -> "Numbers":
    """The percentile of each resample, in seconds. ``draws``: how often it has each window."""
    import numpy as np

    buckets = sorted({bucket for window in windows for bucket in window.counts})
    counts = np.array([[window.counts.get(b, 0) for b in buckets] for window in windows])
    seen = (draws @ counts).cumsum(axis=1)
    first_within = (seen >= share * seen[:, -1:]).argmax(axis=1)
    seconds = np.array([middle(bucket) for bucket in buckets])
    return np.asarray(seconds[first_within])
