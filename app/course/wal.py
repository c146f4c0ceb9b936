"""What a request added to PostgreSQL's write-ahead log."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Wal:
    """Write-ahead log, as PostgreSQL counts it for each connection's own server process.

    What other processes write on behalf of a request is not included, such as an autovacuum that
    it triggers.
    """

    bytes: int = 0
    """Full-page images included."""
    records: int = 0
    full_page_images: int = 0
    """Pages that were logged as a whole, because nothing had changed them since the last
    checkpoint. How many there are depends on when that was."""

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.bytes + other.bytes,
            self.records + other.records,
            self.full_page_images + other.full_page_images,
        )

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            self.bytes - other.bytes,
            self.records - other.records,
            self.full_page_images - other.full_page_images,
        )
