"""What workers report about themselves, to whoever started their manager.

Over a UDP socket: workers come and go, and no file or pipe has to be passed through a manager. On
the loopback interface, datagrams keep their order.
"""

import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

VARIABLE = "COURSE_JOURNAL"
"""The environment variable with the port."""
LOADED, READY, STOPPED = "loaded", "ready", "stopped"
_LARGEST = 256


class Event(NamedTuple):
    kind: str
    pid: int


def report(kind: str) -> None:
    """Called by a worker; does nothing in a process that was started otherwise."""
    if port := os.environ.get(VARIABLE):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(f"{kind} {os.getpid()}".encode(), ("127.0.0.1", int(port)))


class Journal:
    """The receiving end."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._events: list[Event] = []

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def events(self) -> Sequence[Event]:
        """All so far, in order."""
        try:
            while True:
                kind, pid = self._socket.recv(_LARGEST).decode().split()
                self._events.append(Event(kind, int(pid)))
        except BlockingIOError:
            return tuple(self._events)

    def pids(self, kind: str) -> tuple[int, ...]:
        """The processes that have reported this, in the order of their first report."""
        return tuple(dict.fromkeys(event.pid for event in self.events if event.kind == kind))

    def peak(self) -> int:
        """The most workers at a time that were ready and had not stopped."""
        running: set[int] = set()
        peak = 0
        for kind, pid in self.events:
            if kind == READY:
                running.add(pid)
                peak = max(peak, len(running))
            elif kind == STOPPED:
                running.discard(pid)
        return peak

    def close(self) -> None:
        self._socket.close()
