"""The outermost ASGI layer of every served application: opens and closes the request's record."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.lab.wire import loop_guard, postgres_tap, redis_tap
from app.lab.wire.barrier import Barrier
from app.lab.wire.ledger import CURRENT, Ledger

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]

TRACE_HEADER = b"x-course-trace"


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
        record = self.ledger.open(_take_token(scope))
        record.task = asyncio.current_task()
        mark = CURRENT.set(record)

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.body":
                record.response_bytes += len(message.get("body", b""))
            await send(message)

        try:
            if self.barrier is not None:
                await self.barrier.wait()
            await self.app(scope, receive, counting_send)
        except BaseException as error:
            record.exception = error
            raise
        finally:
            CURRENT.reset(mark)
            record.endpoint = scope.get("endpoint")
            self.ledger.close(record)

    async def _run_lifespan(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self.ledger.raised = error
            raise


def _take_token(scope: Message) -> bytes | None:
    """The trace token, removed from the headers so that the application never sees it."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for index, (name, value) in enumerate(headers):
        if name == TRACE_HEADER:
            scope["headers"] = headers[:index] + headers[index + 1 :]
            return value
    return None
