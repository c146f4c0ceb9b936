"""How thorough a figure is: the report's, or a test's."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    seconds: float
    """The longest that one comparison of reads may take."""
    exports: int
    """Of each form, plain, with gzip and by COPY alone."""
    country: str | None
    """Whose order lines are exported; ``None``: all."""
    pairs: int
    """Of bulk inserts: through the shop and by COPY alone."""
    products: int
    """In one bulk insert."""
    starts: int
    """Of a worker."""
    rest: float
    """Seconds that a worker has nothing to do before its memory is looked at."""
    ladder: float
    """Seconds of load on all rungs of the ladder together."""
    root: Path | None = None
    """The project whose README shows the ladder, where it is to be kept."""


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
