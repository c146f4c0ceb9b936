"""Locust's web page, served for as long as somebody may want to look at it."""

import asyncio
import tempfile
from pathlib import Path

from app.lab.services.sockets import free_port
from app.lab.tools.locust.processes import LocustError, locusts
from app.lab.tools.locust.running import folder_of, text_of

_START_SECONDS = 60.0
_PATIENCE = 0.05


class LocustPage:
    """It runs until ``close``, or the end of this process."""

    def __init__(self, locustfile: str | Path, host: str) -> None:
        """Raises ``CourseError`` for a locustfile that cannot be read."""
        text = text_of(locustfile)
        self._folder = tempfile.TemporaryDirectory()
        copy = Path(self._folder.name, "locustfile.py")
        copy.write_text(text, encoding="utf-8")
        self._log = Path(self._folder.name, "log.txt")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._run = locusts().start(
            [
                *("--locustfile", str(copy)),
                *("--host", host),
                *("--web-host", "127.0.0.1"),
                *("--web-port", str(port)),
                *("--loglevel", "WARNING"),
            ],
            folder=folder_of(locustfile),
            log=self._log,
            environment={"HOME": self._folder.name},
        )

    async def started(self) -> "LocustPage":
        """Itself, once it answers. Raises ``LocustError`` if it does not."""
        import httpx

        try:
            async with asyncio.timeout(_START_SECONDS), httpx.AsyncClient(trust_env=False) as http:
                while not self._run.ended:
                    try:
                        await http.get(self.url)
                        return self
                    except httpx.TransportError:
                        await asyncio.sleep(_PATIENCE)
        except BaseException:
            self.close()
            raise
        log = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        self.close()
        lines = log.strip().splitlines() or ["its process ended"]
        raise LocustError(f"Locust's page did not start: {lines[-1]}")

    def close(self) -> None:
        """Stop it. Idempotent."""
        self._run.kill()
        self._folder.cleanup()

    def _repr_markdown_(self) -> str:
        return f"[Locust's page]({self.url}), until `page.close()`."

    def __repr__(self) -> str:
        return f"Locust's page at {self.url}"
