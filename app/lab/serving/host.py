"""What serves an application, whether in this process or in others."""

from concurrent.futures import Future
from typing import Protocol

from app.course.flow import Flow
from app.course.work import Work
from app.lab.load.observer import Observer
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import Watching


class Host(Protocol):
    """An application that is being served, and its counters."""

    url: str

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each worker alone; ``url`` reaches any of them."""

    @property
    def alive(self) -> bool: ...

    @property
    def total(self) -> Work:
        """What all finished requests have done so far."""

    @property
    def peak_connections(self) -> int:
        """The most connections to PostgreSQL that were open at one time since ``reset_peak``;
        with several workers, the sum of their peaks."""

    @property
    def peak_in_use(self) -> int:
        """The same of those that requests were using."""

    @property
    def in_use(self) -> int:
        """The connections to PostgreSQL that requests are using now."""

    def reset_peak(self) -> None: ...

    def trace(self, token: bytes) -> "Future[Trace]":
        """What the request will have done that carries ``token`` in the trace header."""

    def flow(self, token: bytes) -> Flow | None:
        """How far the request with that token is, if its rows in flight are counted."""

    def observer(self) -> Observer:
        """The server's side of a measurement."""

    def watch(self, every: float) -> Watching:
        """Notices code that does not return."""

    def stop(self) -> None:
        """Close the port, let running requests end, shut the application down. Idempotent."""
