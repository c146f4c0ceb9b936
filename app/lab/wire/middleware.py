"""The outermost ASGI layer of every served application: opens and closes the request's record."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from app.course.flow import Flow
from app.lab.wire import loop_guard, postgres_tap, redis_tap
from app.lab.wire.barrier import Barrier
from app.lab.wire.ledger import CURRENT, Ledger
from app.lab.wire.memory import PeakMemory, read_ahead
from app.lab.wire.objects import ObjectTally
from app.lab.wire.wal import WalTally

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]

TRACE_HEADER = b"x-course-trace"
INSTRUMENTS_HEADER = b"x-course-instruments"
"""Names the instruments that a traced request is to be observed with, besides the counters."""
WAL, MEMORY, OBJECTS, FLOW, QUERIES = "wal", "memory", "objects", "flow", "queries"
_OWN_HEADERS = (TRACE_HEADER, INSTRUMENTS_HEADER)


def install_taps() -> None:
    """Listen on the wires of asyncpg and redis-py in this process. Idempotent."""
    loop_guard.install()
    postgres_tap.install()
    redis_tap.install()


class Observed:
    """Counts the work of each request that ``app`` answers into ``ledger``."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self.app = app
        self.ledger = ledger
        self.barrier: Barrier | None = None
        """Where requests wait for each other before ``app`` is called."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._run_lifespan(scope, receive, send)
            return
        redis_tap.install()  # a handler may have imported the client by now
        headers = _take_headers(scope)
        record = self.ledger.open(headers.get(TRACE_HEADER))
        # Only for a request of the lab's own: all of them take time.
        asked = headers.get(INSTRUMENTS_HEADER, b"").decode() if record.done else ""
        record.wal = WalTally() if WAL in asked else None
        record.queries = [] if QUERIES in asked else None
        memory = PeakMemory() if MEMORY in asked else None
        record.objects = objects = ObjectTally() if OBJECTS in asked else None
        if FLOW in asked:
            record.flow = self.ledger.flows[headers[TRACE_HEADER]] = Flow()
        flow = record.flow
        record.task = asyncio.current_task()
        mark = CURRENT.set(record)

        async def counting_send(message: Message) -> None:
            body = message.get("body", b"")
            record.response_bytes += len(body)
            if flow is None or not body:
                await send(message)
                return
            flow.sending()
            await send(message)
            flow.sent(bytes(body))

        try:
            if self.barrier is not None:
                await self.barrier.wait()
            if memory is not None:
                receive = await read_ahead(receive)
                memory.start()
            if objects is not None:
                objects.start()
            await self.app(scope, receive, counting_send)
        except BaseException as error:
            record.exception = error
            raise
        finally:
            CURRENT.reset(mark)
            record.seconds = perf_counter() - record.started
            if memory is not None:
                record.peak_memory = memory.stop()
            if objects is not None:
                built = objects.stop()
                # The application's own code can reach everything in this process.
                record.objects_built = built if record.objects is objects else None
            if record.wal is not None:
                record.wal_written = await record.wal.total()
            record.endpoint = scope.get("endpoint")
            self.ledger.close(record)

    async def _run_lifespan(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self.ledger.raised = error
            raise


def _take_headers(scope: Message) -> dict[bytes, bytes]:
    """The lab's own headers, removed so that the application never sees them."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    taken = {name: value for name, value in headers if name in _OWN_HEADERS}
    if taken:
        scope["headers"] = [(name, value) for name, value in headers if name not in _OWN_HEADERS]
    return taken
