"""What one window counts, in the worker."""

from array import array
from collections import Counter


class Tally:
    """Mutable, because it is written on every reply."""

    __slots__ = ("body", "errors", "latencies", "opened", "wire")

    def __init__(self) -> None:
        self.latencies = array("d")
        """Seconds, successes only."""
        self.errors: Counter[str] = Counter()
        self.wire = 0
        self.body = 0
        self.opened = 0


def status_kind(status: int) -> str:
    """The kind of error that an unexpected status is: ``4xx``, ``5xx`` …"""
    return f"{status // 100}xx"
