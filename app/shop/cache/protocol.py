"""The interface of a cache."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

Make = Callable[[], Awaitable[bytes | None]]
"""Computes the value of a missing entry; ``None`` if the resource does not exist.

Concurrent requests share the result, so it may outlive the request that started it. It must not
use anything scoped to that request, such as its session; the database and its pool are fine.
"""


class Cache(Protocol):
    """Stores serialized responses as bytes, so no reader can modify what another one reads.

    Every entry is tagged with the names of the data it was computed from. A write drops the tags
    of what it changed, which invalidates every entry that has one of them, including entries whose
    computation is still in progress.
    """

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        """Return the entry, computing and storing it with ``make`` if there is none.

        Concurrent callers for the same missing entry share one call of ``make``. ``None`` is cached
        too, for a shorter time. A key must always have the same tags.

        An exception from ``make`` is raised by every caller that waits for it, and is not cached.
        An unreachable cache behaves like an empty one.
        """

    async def drop(self, tags: Collection[str]) -> None:
        """Invalidate every entry that has one of these tags.

        Call it after the change is committed. It completes even if the caller is cancelled. If the
        cache is unreachable, the drop is kept and applied once the cache is available again.
        """

    async def close(self) -> None:
        """Release all resources, such as connections."""
