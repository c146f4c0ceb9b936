"""A line of limited bandwidth that several connections share."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from app.lab.wire.alarm import alarm

_PACKET = 1500
"""Bytes that a network sends in one piece: the MTU of Ethernet."""
_SHORTEST_PIECE = 0.001
"""Seconds. On a fast line, a piece is several packets, so that pacing costs no processor time."""


class Line:
    """One direction of a line: a piece of one flow at a time, the flows in turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._piece_size = max(_PACKET, round(bytes_per_second * _SHORTEST_PIECE))
        self._alarm = alarm(loop, self._ring)
        self._queue: deque[Flow] = deque()
        self._sending: tuple[Flow, bytes] | None = None
        self._sent_at = 0.0
        self.closed = False

    def enqueue(self, flow: "Flow") -> None:
        """``flow`` has something to send."""
        if not flow.is_queued:
            flow.is_queued = True
            self._queue.append(flow)
        if self._sending is None:
            self._send_next(time.monotonic())
            self._set_alarm()

    def close(self) -> None:
        """Send everything now, and all that follows without delay."""
        self.closed = True
        self._alarm.close()
        self._arrive(until=float("inf"))

    def _ring(self) -> None:
        self._arrive(until=time.monotonic())
        self._set_alarm()

    def _arrive(self, until: float) -> None:
        while self._sending is not None and self._sent_at <= until:
            flow, piece = self._sending
            flow.arrive(piece)
            if flow.size:
                self.enqueue(flow)
            # From when the line was free, not from now: a loop that was busy meanwhile must not
            # make the line slower.
            self._send_next(self._sent_at)

    def _send_next(self, start: float) -> None:
        self._sending = None
        while self._queue and self._sending is None:
            flow = self._queue.popleft()
            if piece := flow.take(self._piece_size):
                self._sending = flow, piece
                self._sent_at = start + len(piece) / self._rate

    def _set_alarm(self) -> None:
        if self._sending is not None:
            self._alarm.set(self._sent_at)


class Flow:
    """The bytes of one connection that wait for the line.

    ``deliver`` gets them piece by piece, and ``None`` after the last one.
    """

    def __init__(self, line: Line, deliver: Callable[[bytes | None], None]) -> None:
        self._line = line
        self._deliver = deliver
        self.is_queued = False
        self._waiting = bytearray()
        self._on_the_line = False
        self._ended = False

    @property
    def size(self) -> int:
        """The bytes that wait."""
        return len(self._waiting)

    def put(self, data: bytes) -> None:
        """Send ``data`` when the line is free, behind what already waits."""
        if self._line.closed:
            self._deliver(data)
            return
        self._waiting += data
        self._line.enqueue(self)

    def end(self) -> None:
        """Nothing follows."""
        self._ended = True
        self._deliver_end()

    def drop(self) -> None:
        """Send and deliver nothing more."""
        self._waiting.clear()
        self._deliver = _ignore

    # For the line.

    def take(self, size: int) -> bytes:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self.is_queued = False
        self._on_the_line = bool(piece)
        return piece

    def arrive(self, piece: bytes) -> None:
        self._on_the_line = False
        self._deliver(piece)
        self._deliver_end()

    def _deliver_end(self) -> None:
        if self._ended and not self._waiting and not self._on_the_line:
            self._ended = False
            self._deliver(None)


def _ignore(_: bytes | None) -> None:
    pass
