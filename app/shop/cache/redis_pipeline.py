"""A pipelined Redis connection, shared by concurrent callers."""

import asyncio
from collections import deque
from typing import TypeAlias, cast

import hiredis
from redis import exceptions

Reply: TypeAlias = "asyncio.Future[object]"


class Pipeline(asyncio.Protocol):
    """Writes each command immediately and matches the replies to the commands by their order.

    redis-py reserves a connection until its reply has arrived. With 32 concurrent callers it takes
    nine times the CPU time per command: 48 µs instead of 5.4 µs for an MGET of four keys, on one
    core. Clients that multiplex one connection are not much cheaper: coredis 64 µs, valkey-glide
    37 µs. This class uses only public APIs of asyncio and hiredis.

    It speaks RESP2, in which the server sends nothing but replies. ``timeout`` is in seconds. A
    reply that takes longer closes the connection, since all replies queued behind it would be
    late as well.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._pending: deque[tuple[float, Reply]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport
        self._disconnected = asyncio.Event()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, *command: bytes | str) -> Reply:
        """Send a command and return a future for its reply.

        Awaiting it raises ``RedisError`` if Redis returns an error, the reply times out or the
        connection is lost.
        """
        reply: Reply = self._loop.create_future()
        if self.closed:
            reply.set_exception(exceptions.ConnectionError("Redis has closed the connection."))
            return reply
        self._pending.append((self._loop.time(), reply))
        # hiredis's type stub allows a tuple of one item only; the function takes any length.
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]
        if self._timer is None:
            self._timer = self._loop.call_later(self._timeout, self._check_timeout)
        return reply

    async def close(self) -> None:
        self._fail_pending(exceptions.ConnectionError("The connection was closed."))
        self._transport.abort()
        await self._disconnected.wait()

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (result := self._reader.gets()) is not False:
            _, reply = self._pending.popleft()
            if reply.done():
                continue  # its caller was cancelled
            if isinstance(result, hiredis.ReplyError):
                reply.set_exception(exceptions.ResponseError(*result.args))
            else:
                reply.set_result(result)

    def connection_lost(self, error: Exception | None) -> None:
        reason = error or "end of stream"
        self._fail_pending(
            exceptions.ConnectionError(f"Redis has closed the connection: {reason}.")
        )
        self._disconnected.set()

    def _check_timeout(self) -> None:
        """Check the oldest pending command. One timer for all is cheaper than one per command."""
        self._timer = None
        if not self._pending:
            return
        sent_at, _ = self._pending[0]
        remaining = sent_at + self._timeout - self._loop.time()
        if remaining > 0:
            self._timer = self._loop.call_later(remaining, self._check_timeout)
        else:
            self._transport.abort()
            self._fail_pending(
                exceptions.TimeoutError(f"Redis did not answer in {self._timeout:g} s.")
            )

    def _fail_pending(self, error: Exception) -> None:
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        for _, reply in self._pending:
            if not reply.done():
                reply.set_exception(error)
        self._pending.clear()
