"""What a study found, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.lab.render.table import Table


@dataclass(frozen=True)
class Finding:
    """One claim and what was seen of it."""

    claim: str
    """A sentence that is true or not."""
    met: bool
    seen: Table
    remark: str = ""
    """What a reader should know beside the figures."""


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


def table(headers: Sequence[str], *rows: Sequence[str]) -> Table:
    return Table(headers, rows)
