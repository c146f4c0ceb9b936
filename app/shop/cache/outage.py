"""Whether a server that did not answer is worth asking."""

import logging
import time

log = logging.getLogger(__name__)


class Outage:
    """Keeps requests from waiting, one after the other, for a server that is away.

    After a failure it is left alone for ``pause`` seconds; then one caller may ask it.
    """

    def __init__(self, server: str, pause: float) -> None:
        self.over = True
        self._server = server
        self._pause = pause
        self._since = 0.0
        self._ask_at = 0.0

    def begin(self, error: Exception) -> None:
        """The server did not answer, or refused."""
        now = time.monotonic()
        self._ask_at = now + self._pause
        if self.over:
            self.over = False
            self._since = now
            log.warning("%s cannot be used, going on without it: %s", self._server, error)

    def may_ask(self) -> bool:
        """Whether it is time to ask again. Told to one caller only in ``pause`` seconds."""
        now = time.monotonic()
        if now < self._ask_at:
            return False
        self._ask_at = now + self._pause
        return True

    def end(self) -> None:
        """The server answered."""
        if not self.over:
            self.over = True
            log.warning("%s is back after %.1f s", self._server, time.monotonic() - self._since)
