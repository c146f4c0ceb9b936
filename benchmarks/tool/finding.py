"""How thorough a study of the load generator is."""

from dataclasses import dataclass

from benchmarks.common.finding import Finding, table

__all__ = ["FULL", "Finding", "Scale", "table"]


@dataclass(frozen=True)
class Scale:
    """How thorough a study is, for the report or for a test."""

    pairs: int
    """Pairs of windows, against wrk."""
    comparisons: int
    """Comparisons of two servers, of which the share of correct verdicts is counted."""
    seconds: float
    """Maximum duration of one comparison."""
    requests: int
    """Requests over which the counters are checked."""


FULL = Scale(pairs=20, comparisons=100, seconds=30, requests=10_000)
