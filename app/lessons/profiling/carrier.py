"""What the page asks the carrier for each request, through a client that knows no ``await``."""

import asyncio
import time
from dataclasses import dataclass, field
from hashlib import blake2b

SECONDS = 0.1
"""That a call takes; it stands for a request over the network."""


@dataclass
class Carrier:
    """A synchronous client, which counts its calls."""

    seconds: float = SECONDS
    edition: int = 1
    """Of what it answers: another edition has other answers."""
    calls: list[str] = field(default_factory=list)
    """What it was asked, in order."""
    on_loop: list[str] = field(default_factory=list)
    """Of that, what it was asked in the thread of an event loop, which waited for it."""

    def ask(self, what: str, country: str) -> str:
        """Blocks until there is an answer.

        Args:
            what: ``delivery days``, ``exchange rate`` or ``tax rate``.
            country: Its name.
        """
        self.count(what)
        time.sleep(self.seconds)
        return self.answer(what, country)

    def count(self, what: str) -> None:
        """Note a call that is made in this thread."""
        self.calls.append(what)
        if _in_event_loop():
            self.on_loop.append(what)

    def answer(self, what: str, country: str) -> str:
        """What ``ask`` returns, at once."""
        text = f"{what} {country} {self.edition}"
        return str(int.from_bytes(blake2b(text.encode(), digest_size=2).digest()))


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
