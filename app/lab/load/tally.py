"""The counts of one window, in the worker."""

from array import array
from collections import Counter


class Tally:
    """Mutable, because every reply updates it."""

    __slots__ = ("body", "errors", "latencies", "opened", "wire")

    def __init__(self) -> None:
        self.latencies = array("d")
        """Seconds, successes only."""
        self.errors: Counter[str] = Counter()
        self.wire = 0
        self.body = 0
        self.opened = 0


def status_kind(status: int) -> str:
    """The error kind of an unexpected status: ``4xx``, ``5xx`` …"""
    return f"{status // 100}xx"
