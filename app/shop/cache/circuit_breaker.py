"""A circuit breaker for a server that may be unavailable."""

import logging
import time

log = logging.getLogger(__name__)


class CircuitBreaker:
    """Spares callers the timeout of a server that has just failed.

    A failure opens the circuit. While it is open, ``allow_probe`` lets one caller through every
    ``pause`` seconds; a success closes the circuit.
    """

    def __init__(self, server: str, pause: float) -> None:
        self.closed = True
        self._server = server
        self._pause = pause
        self._opened_at = 0.0
        self._next_probe_at = 0.0

    def record_failure(self, error: Exception) -> None:
        """Open the circuit, or keep it open for another ``pause`` seconds."""
        now = time.monotonic()
        self._next_probe_at = now + self._pause
        if self.closed:
            self.closed = False
            self._opened_at = now
            log.warning("%s is unavailable, continuing without it: %s", self._server, error)

    def allow_probe(self) -> bool:
        """Whether this caller may try the server. True at most once every ``pause`` seconds."""
        now = time.monotonic()
        if now < self._next_probe_at:
            return False
        self._next_probe_at = now + self._pause
        return True

    def record_success(self) -> None:
        """Close the circuit."""
        if not self.closed:
            self.closed = True
            log.warning("%s is back after %.1f s", self._server, time.monotonic() - self._opened_at)
