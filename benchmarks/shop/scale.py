"""How thorough the figures are, for the report or for a test."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    seconds: float
    """Maximum duration of one comparison of reads."""
    exports: int
    """Exports of each form: plain, with gzip and by COPY alone."""
    country: str | None
    """The country whose order lines are exported; ``None``: all."""
    pairs: int
    """Pairs of bulk inserts: through the shop and by COPY alone."""
    products: int
    """Products in one bulk insert."""
    starts: int
    """Starts of a worker."""
    rest: float
    """Seconds for which a worker is idle before its memory is measured."""
    ladder: float
    """Total seconds of load on all rungs of the ladder."""
    root: Path | None = None
    """The project in which to save the ladder for the README; ``None``: do not save it."""


FULL = Scale(
    seconds=40,
    exports=10,
    country=None,
    pairs=30,
    products=10_000,
    starts=10,
    rest=1.0,
    ladder=120,
    root=Path(),
)
