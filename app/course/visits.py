"""What a server saw of a load: every request that arrived, whoever sent it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as the server saw it."""

    method: str
    path: str
    """Without the query string."""
    query: str
    status: int
    """0 where none was sent."""
    size: int
    """Bytes of the response's body as sent."""
    statements: int
    """SQL statements; 0 where a cache answered."""
    token: str | None
    """The bearer token, if there was one."""
    client: int
    """The port of the client's end of the connection."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Requests in the order in which they were answered."""

    requests: tuple[Visit, ...]

    def to(self, start: str, *, method: str = "GET") -> Self:
        """Those with that method whose path begins like that."""
        return self._those(
            one for one in self.requests if one.method == method and one.path.startswith(start)
        )

    def exactly(self, path: str, *, method: str = "GET") -> Self:
        """Those with that method and exactly that path."""
        return self._those(
            one for one in self.requests if one.method == method and one.path == path
        )

    @property
    def products(self) -> Self:
        """Those of one product each."""
        start = "/api/products/"
        return self._those(
            one for one in self.to(start).requests if one.path.removeprefix(start).isdigit()
        )

    @property
    def distinct(self) -> int:
        """How many different paths, with their query strings, were requested."""
        return len({(one.path, one.query) for one in self.requests})

    @property
    def hit_rate(self) -> float:
        """The share that needed no SQL statement; 0 without any request."""
        hits = sum(not one.statements for one in self.requests)
        return hits / len(self.requests) if self.requests else 0.0

    @property
    def statuses(self) -> dict[int, int]:
        """How many were answered with which status."""
        return dict(sorted(Counter(one.status for one in self.requests).items()))

    def __len__(self) -> int:
        return len(self.requests)

    def _those(self, requests: Iterable[Visit]) -> Self:
        return type(self)(tuple(requests))
