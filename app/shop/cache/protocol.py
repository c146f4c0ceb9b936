"""What the shop asks of a cache."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

Make = Callable[[], Awaitable[bytes | None]]
"""Makes the answer that is not in the cache; ``None`` where there is no such thing.

It may outlive the request that brought it, since others wait for its answer too. So it must not use
what ends with a request, such as its session; the database and its pool are fine.
"""


class Cache(Protocol):
    """Keeps finished answers as bytes, never objects: whoever reads them cannot change them.

    Every entry carries tags, the names of what it was made from. A write drops tags, and with them
    every entry that carries one: an answer made from what was read earlier is not served
    afterwards, even if it is stored only then.
    """

    async def get_or_make(self, key: str, tags: Collection[str], make: Make) -> bytes | None:
        """The entry, made by ``make`` where there is none. However many ask for a missing entry at
        once, it is made once. That there is no such thing (``None``) is remembered too, for less
        long. The tags of a key are always the same.

        What ``make`` raises is raised by everyone who waits for it, and not remembered. A cache
        that cannot be reached is like an empty one.
        """

    async def drop(self, tags: Collection[str]) -> None:
        """Forget every entry that carries one of these tags.

        Call it once the change can be read by everyone. It is carried out even if the caller is
        cancelled, and remembered where the cache cannot be reached.
        """

    async def close(self) -> None:
        """Let go of connections."""
