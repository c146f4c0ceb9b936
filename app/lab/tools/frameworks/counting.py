"""A proxy in front of PostgreSQL that counts the work of any driver in any language.

It counts as the rest of the course does: the same tap reads the messages that pass through.
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
"""``I`` is the status in PostgreSQL's ReadyForQuery outside a transaction."""
READY = 6
"""Length of a ReadyForQuery message in bytes."""
SETTLING_SECONDS = 2.0


class CountingProxy:
    """Listens on a free loopback port; ``database`` has the libpq variables that lead there.

    Drivers must not encrypt, and these variables tell them not to.
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
        """A record of everything from now on, including the statements' text."""
        self._record = Record(Ledger(), Future())
        return self._record

    async def settled(self) -> None:
        """Wait until no connection is busy or in a transaction, but at most two seconds.

        A server may answer its client before it ends its transaction."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLING_SECONDS):
                while any(state != IDLE for state in self._states.values()):
                    self._changed.clear()
                    await self._changed.wait()

    def update(self, tap: Tap, state: bytes | None) -> None:
        """Record a connection's transaction status; ``None`` when it is closed."""
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
    """A proxy in front of the server that ``upstream`` names in libpq variables."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            # Only we cancel these tasks, below; otherwise asyncio would print the exception.
            with suppress(OSError, asyncio.CancelledError):
                await _relay(proxy, upstream, reader, writer)
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy = CountingProxy(upstream, listener.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _relay(
    proxy: CountingProxy,
    upstream: Mapping[str, str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    tap = Tap(None)
    from_server, to_server = await _connect(upstream)

    async def relay_replies() -> None:
        tail = b""
        while data := await from_server.read(CHUNK):
            tap.received(data)
            tail = (tail + data[-READY:])[-READY:]
            proxy.update(tap, tail[-1:] if is_ready(tail) else BUSY)
            writer.write(data)
            await writer.drain()
        writer.close()

    replies = asyncio.create_task(relay_replies())
    try:
        while data := await reader.read(CHUNK):
            proxy.update(tap, BUSY)
            CURRENT.set(proxy.record)  # for the tap; a context variable, so only in this task
            tap.sent(data)
            to_server.write(data)
            await to_server.drain()
    finally:
        proxy.update(tap, None)
        replies.cancel()
        await asyncio.gather(replies, return_exceptions=True)
        to_server.close()


async def _connect(
    upstream: Mapping[str, str],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = upstream["PGHOST"], upstream["PGPORT"]
    if host.startswith("/"):
        return await asyncio.open_unix_connection(str(Path(host) / f".s.PGSQL.{port}"))
    return await asyncio.open_connection(host, int(port))
