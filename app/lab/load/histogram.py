"""Latencies counted in buckets of 1 % width.

The grid is fixed: histograms merge by adding counts, a window's message stays small however many
requests it covers, and a percentile is off by at most 0.5 %.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Self

WIDTH = 1.01
_PER_E = 1 / log(WIDTH)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bucket ``i`` holds latencies from ``WIDTH**i`` to ``WIDTH**(i + 1)`` microseconds."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        buckets = (int(log(s * 1e6) * _PER_E) if s > 1e-6 else 0 for s in seconds)
        return cls(dict(sorted(Counter(buckets).items())))

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[int, int]]) -> Self:
        return cls(dict(pairs))

    @classmethod
    def merged(cls, histograms: Iterable[Self]) -> Self:
        total: Counter[int] = Counter()
        for histogram in histograms:
            total.update(histogram.counts)
        return cls(dict(sorted(total.items())))

    def pairs(self) -> list[tuple[int, int]]:
        return list(self.counts.items())

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def seconds(self) -> list[float]:
        """Every single latency, ascending, at the middle of its bucket."""
        return [middle(bucket) for bucket, count in self.counts.items() for _ in range(count)]

    def percentile(self, share: float) -> float | None:
        """The latency in seconds within which ``share`` (0 to 1) of the requests were answered."""
        wanted, seen = share * self.total, 0
        for bucket, count in self.counts.items():
            seen += count
            if seen >= wanted:
                return middle(bucket)
        return None

    def cumulative(self) -> tuple[list[float], list[float]]:
        """Latencies in seconds, ascending, and the share of requests up to each."""
        total, seen = self.total, 0
        latencies, shares = [], []
        for bucket, count in self.counts.items():
            seen += count
            latencies.append(middle(bucket))
            shares.append(seen / total)
        return latencies, shares


def middle(bucket: int) -> float:
    """The geometric middle of a bucket, in seconds."""
    return float(WIDTH ** (bucket + 0.5) / 1e6)
