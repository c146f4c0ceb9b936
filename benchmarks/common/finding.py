"""What a benchmark found, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.lab.display.table import Table


@dataclass(frozen=True)
class Finding:
    """One claim and what was seen of it."""

    claim: str
    """A sentence that is true or not."""
    met: bool
    seen: Table
    remark: str = ""
    """What a reader should know beside the figures."""


def table(headers: Sequence[str], *rows: Sequence[str]) -> Table:
    return Table(headers, rows)
