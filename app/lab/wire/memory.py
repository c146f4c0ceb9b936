"""The memory that a request needs at its peak."""

import gc
import tracemalloc
from collections import deque
from typing import ClassVar

from starlette.types import Message, Receive


class PeakMemory:
    """Measures what the objects of Python take, beyond what is there when it starts.

    All that this process allocates meanwhile counts. Code runs about three times as long.
    """

    _measuring: ClassVar[bool] = False

    def __init__(self) -> None:
        self._before: int | None = None

    def start(self) -> None:
        if PeakMemory._measuring or tracemalloc.is_tracing():
            return  # somebody else's measurement, which this one would spoil
        PeakMemory._measuring = True
        gc.collect()
        tracemalloc.start()
        self._before, _ = tracemalloc.get_traced_memory()

    def stop(self) -> int | None:
        """Bytes; ``None`` if something else was being measured in this process."""
        if self._before is None:
            return None
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        PeakMemory._measuring = False
        return peak - self._before


async def read_ahead(receive: Receive) -> Receive:
    """Wait until the whole body of a request has arrived; returns what passes it on.

    The client may be in this process, too, and takes memory until it has sent everything.
    """
    messages: deque[Message] = deque()
    more = True
    while more:
        message = await receive()
        messages.append(message)
        more = message["type"] == "http.request" and message.get("more_body", False)

    async def passed_on() -> Message:
        return messages.popleft() if messages else await receive()

    return passed_on
