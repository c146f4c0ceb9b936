"""What has arrived for a protocol, kept back while it does not read."""

import asyncio
from collections import deque
from collections.abc import Callable


class Inbox:
    """Passes data on at once, or once reading is resumed, in their order. ``None`` is the end."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, deliver: Callable[[bytes | None], None]
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._held: deque[bytes | None] = deque()
        self._closed = False
        self.paused = False

    def arrive(self, data: bytes | None) -> None:
        if self._closed:
            return
        if self.paused or self._held:
            self._held.append(data)
        else:
            self._deliver(data)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        # Later, since the protocol is not prepared for data while it resumes.
        self._loop.call_soon(self._release)

    def close(self) -> None:
        """Pass on nothing more."""
        self._closed = True
        self._held.clear()

    def _release(self) -> None:
        while self._held and not self.paused:
            self._deliver(self._held.popleft())
