"""The result of a benchmark, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.lab.display.table import Table


@dataclass(frozen=True)
class Finding:
    """A claim, whether it holds, and the evidence."""

    claim: str
    """A sentence that is either true or false."""
    holds: bool
    evidence: Table
    remark: str = ""
    """What a reader should know in addition to the figures."""


def table(headers: Sequence[str], *rows: Sequence[str]) -> Table:
    return Table(headers, rows)
