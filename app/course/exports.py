"""What a check observes of a learner's export: plain data, gathered by the lab."""

from dataclasses import dataclass, field

from app.course.flow import Flow


@dataclass(frozen=True, slots=True)
class ReceivedExport:
    """One export as a reader received it, compared with the lines it should have."""

    path: str
    status: int
    media_type: str
    complete: bool
    """Whether the response ended as HTTP says, instead of breaking off."""
    lines: int
    expected: int
    """How many lines it should have."""
    missing: int
    """Expected lines that did not come."""
    surplus: int
    """Lines that came once too often, or are not expected at all."""
    example: str
    """What is wrong with the first surplus line, in words; empty without any."""
    by_learner: bool
    exception: str | None
    """What the endpoint raised."""

    @property
    def exact(self) -> bool:
        """Whether every line came exactly once."""
        return not self.missing and not self.surplus


@dataclass(frozen=True, slots=True)
class Stalled:
    """The server while a reader has stopped to read, once the server stood still."""

    read: int
    """Bytes that the reader had read by then."""
    flow: Flow
    in_use: int
    """Connections to PostgreSQL."""


@dataclass(slots=True)
class ExportObservation:
    """What was tried so far, in this order. ``None``, or empty, is what was not tried."""

    alone: list[ReceivedExport] = field(default_factory=list)
    """Small exports, one after the other, the first of them twice."""
    stalled: Stalled | None = None
    """The whole export, whose reader stops near the beginning."""
    several: list[ReceivedExport] = field(default_factory=list)
    """Small exports at once, while that reader stands still."""
    whole: ReceivedExport | None = None
    """The same whole export, read to the end after others have changed the data. Expected are the
    lines of when it began."""
    memory: int | None = None
    """Bytes above idle that the process took until then, at the most."""
    afterwards: list[ReceivedExport] = field(default_factory=list)
    """A small export again, of the changed data."""
    kept: int | None = None
    """Connections still in use after readers had left in the middle, once nothing moved."""
    kept_query: str = ""
    """What PostgreSQL was doing then for one of them."""
    broken: ReceivedExport | None = None
    """The whole export, with a row that cannot be read."""
    kept_after_error: int | None = None
    """Connections still in use after that."""
