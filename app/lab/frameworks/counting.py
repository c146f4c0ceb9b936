"""A proxy before PostgreSQL that counts what any driver, in any language, says to it.

The counts are those of the rest of the course: the same tap reads the messages that pass.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from app.lab.wire.ledger import CURRENT, Ledger, Record
from app.lab.wire.postgres_tap import Tap, is_ready

CHUNK = 1 << 16
BUSY, IDLE = b"?", b"I"
"""``I`` is what PostgreSQL's ReadyForQuery says outside of a transaction."""
READY = 6
"""Bytes of a ReadyForQuery."""
SETTLING_SECONDS = 2.0


class CountingProxy:
    """Listens on a free loopback port; ``database`` is what leads there, in libpq's variables.

    Drivers must not encrypt, and it is told to them not to.
    """

    def __init__(self, upstream: Mapping[str, str], port: int) -> None:
        self.database = {
            **upstream,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGSSLMODE": "disable",
            "PGGSSENCMODE": "disable",
        }
        self._record: Record | None = None
        self._states: dict[Tap, bytes] = {}
        self._changed = asyncio.Event()

    def count(self) -> Record:
        """A record of all that passes from now on, with the texts of the statements."""
        self._record = Record(Ledger(), Future())
        return self._record

    async def settled(self) -> None:
        """Once no connection is busy or in a transaction: a server may answer its client first and
        end its transaction afterwards. After two seconds it is given up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLING_SECONDS):
                while any(state != IDLE for state in self._states.values()):
                    self._changed.clear()
                    await self._changed.wait()

    def follow(self, tap: Tap, state: bytes | None) -> None:
        """What PostgreSQL last said of a connection; ``None`` when that is closed."""
        if state is None:
            self._states.pop(tap, None)
        else:
            self._states[tap] = state
        self._changed.set()

    @property
    def record(self) -> Record | None:
        return self._record


@asynccontextmanager
async def counting_proxy(upstream: Mapping[str, str]) -> AsyncIterator[CountingProxy]:
    """A proxy before the server that ``upstream`` names in libpq's variables."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            # Cancelled only by ourselves, below; asyncio would print that.
            with suppress(OSError, asyncio.CancelledError):
                await _pass(proxy, upstream, reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy = CountingProxy(upstream, listening.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(
    proxy: CountingProxy,
    upstream: Mapping[str, str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    tap = Tap(None)
    from_server, to_server = await _connect(upstream)

    async def answers() -> None:
        tail = b""
        while data := await from_server.read(CHUNK):
            tap.received(data)
            tail = (tail + data[-READY:])[-READY:]
            proxy.follow(tap, tail[-1:] if is_ready(tail) else BUSY)
            writer.write(data)
            await writer.drain()
        writer.close()

    answering = asyncio.create_task(answers())
    try:
        while data := await reader.read(CHUNK):
            proxy.follow(tap, BUSY)
            CURRENT.set(proxy.record)  # the tap asks for it; this task's own
            tap.sent(data)
            to_server.write(data)
            await to_server.drain()
    finally:
        proxy.follow(tap, None)
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
        to_server.close()


async def _connect(
    upstream: Mapping[str, str],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = upstream["PGHOST"], upstream["PGPORT"]
    if host.startswith("/"):
        return await asyncio.open_unix_connection(str(Path(host) / f".s.PGSQL.{port}"))
    return await asyncio.open_connection(host, int(port))
