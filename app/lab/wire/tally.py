"""Where the hooks of the object counters report to."""

from collections.abc import Iterable
from typing import Literal, Protocol

Count = Literal["loaded", "constructed", "encoder_calls", "python_dumps", "json_dumps"]
"""Counts of ``Objects`` that grow by one at a time."""


class Tally(Protocol):
    """Counts the objects of one request."""

    def count(self, name: Count) -> None:
        """One more of these."""

    def validated(self, built: Iterable[object]) -> None:
        """Validation has built these objects."""
