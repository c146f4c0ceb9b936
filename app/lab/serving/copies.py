"""Private copies of the seeded database, reused as long as nobody has written to them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from app.lab.services import Client, Lease, ServicesError
from app.lab.wire.postgres_tap import Writes
from app.shop.settings import Settings

Progress = Callable[[str, float], None]


@dataclass(eq=False)
class Copy:
    """One copy while it is held."""

    lease: Lease
    writes: int
    """Statements that had changed it when it was acquired."""
    written_elsewhere: bool = False
    """Whether other processes may have written to it, whose statements nobody here sees."""

    @property
    def clean(self) -> bool:
        return not self.written_elsewhere and Writes.to(self.lease.database) == self.writes


class Copies:
    """All copies of one client. Every method blocks; it may be called from any thread."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._spare: list[Copy] = []
        self._lock = threading.Lock()
        self._prefixes = count(1)

    def acquire(self, on_progress: Progress | None = None) -> Copy:
        """A copy of the data as it was loaded. Raises ``ServicesError`` where there can be none."""
        with self._lock:
            while self._spare:
                copy = self._spare.pop()
                if copy.clean:
                    return copy
                self._drop(copy)
        lease = self.client.lease(on_progress)
        return Copy(lease, Writes.to(lease.database))

    def release(self, copy: Copy) -> None:
        """Keep a clean copy for the next one who needs one, drop any other."""
        with self._lock:
            if copy.clean:
                self._spare.append(copy)
            else:
                self._drop(copy)

    def settings(self, copy: Copy) -> Settings:
        """How to reach ``copy``, with a Redis prefix that nobody has used before."""
        return Settings.given(
            database_url=copy.lease.database_url,
            redis_url=copy.lease.redis_url,
            redis_prefix=f"{copy.lease.redis_prefix}{next(self._prefixes)}:",
        )

    def _drop(self, copy: Copy) -> None:
        try:
            self.client.release(copy.lease)
        except ServicesError:
            return  # the supervisor is gone, and the copy with it
