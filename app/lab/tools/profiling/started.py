"""A shop whose processes py-spy has started, and records from their first moment."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.course.shop import Shop
from app.lab.load.process import start_module
from app.lab.serving.pickled import pickled
from app.lab.serving.pipe import Pipe
from app.lab.serving.server import ServerError
from app.lab.serving.stacks import Samples
from app.lab.tools.profiling import py_spy
from app.shop.settings import Settings

_START_SECONDS = 60.0
_END_SECONDS = 20.0


class Started:
    """An async context manager. All processes end with this one, however it ends: the outermost
    one of the shop when its standard input does, and py-spy with it."""

    def __init__(self, shop: Shop, settings: Settings, options: list[str]) -> None:
        """``options``: of ``py-spy record``."""
        self._job = pickled((shop, settings))
        self._options = options
        self._folder = tempfile.TemporaryDirectory()
        self._result = Path(self._folder.name) / "stacks.txt"
        self._errors = (Path(self._folder.name) / "errors.txt").open("w+b")
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def command(self) -> str:
        return " ".join(
            ["py-spy record", *self._options, "-- python -m app.lab.tools.profiling.family"]
        )

    async def __aenter__(self) -> Self:
        """Raises ``PySpyRefused``, ``PySpyFailed``, or ``ServerError`` where the shop does not
        start."""
        spied = [py_spy.program(), "record", *self._options, "--output", str(self._result), "--"]
        self._process = start_module(
            "app.lab.tools.profiling.family", stderr=self._errors, below=spied
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                self.url = await asyncio.to_thread(self._converse)
        except TimeoutError:
            await self._kill()
            raise ServerError(f"It did not start within {_START_SECONDS:g} s.") from None
        except BaseException:
            await self._kill()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._kill()

    async def samples(self) -> Samples:
        """End the shop, and with it the recording."""
        assert self._process is not None
        self._end()
        await asyncio.to_thread(self._wait, _END_SECONDS)
        py_spy.check(self._process.returncode, self._said())
        return py_spy.parsed(self._result.read_text())

    def _converse(self) -> str:
        """Send the shop, and return its URL."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pipe = Pipe(self._process.stdout, self._process.stdin)
        with suppress(OSError):  # what has become of it is said below
            pipe.send([os.path.abspath(entry) for entry in sys.path])  # noqa: PTH100
            pipe.send_bytes(self._job)
        # py-spy writes messages to the same stream.
        for line in self._process.stdout:
            if line.startswith(b"{"):
                reply = json.loads(line)
                if "failed" in reply:
                    raise ServerError(reply["failed"])
                return str(reply["url"])
        self._wait(_END_SECONDS)
        py_spy.check(self._process.returncode, self._said())
        raise py_spy.PySpyFailed("The program ended while starting.")

    def _end(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    async def _kill(self) -> None:
        """Whatever has not ended by itself."""
        if self._process is not None:
            self._end()
            await asyncio.to_thread(self._wait, _END_SECONDS)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
        self._errors.close()
        self._folder.cleanup()

    def _wait(self, limit: float) -> None:
        assert self._process is not None
        try:
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")
