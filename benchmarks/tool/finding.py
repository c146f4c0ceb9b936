"""How thorough a study of the load generator is."""

from dataclasses import dataclass

from benchmarks.common.finding import Finding, table

__all__ = ["FULL", "Finding", "Scale", "table"]


@dataclass(frozen=True)
class Scale:
    """How thorough a study is: the report's figures, or a test's."""

    pairs: int
    """Of windows, against wrk."""
    comparisons: int
    """Of two servers, where the share of right verdicts is counted."""
    seconds: float
    """The longest that one comparison may take."""
    requests: int
    """For the counters."""


FULL = Scale(pairs=20, comparisons=100, seconds=30, requests=10_000)
