"""A streaming response with the output of COPY."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
import asyncpg
from fastapi import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

from app.shop.database import Database
from app.shop.export.forms import Form

CHUNK = 128 * 1024
"""Minimum size of a chunk, in bytes. PostgreSQL sends 8 KiB at a time."""

SEND_TIMEOUT = 30.0
"""Seconds a client may take to accept a chunk before the export is cancelled."""

STATEMENT_TIMEOUT = 3600.0
"""Seconds the whole export may take. It replaces the connection's ``statement_timeout``, since the
statement runs as long as the client reads. It must be limited, because PostgreSQL cannot vacuum old
row versions meanwhile. PostgreSQL checks it only between writes; ``SEND_TIMEOUT`` covers a client
that reads nothing."""

ROLLBACK_TIMEOUT = 5.0
"""Seconds PostgreSQL may take to roll back after the client has disconnected."""


class CopyResponse(StreamingResponse):
    """Streams the rows of ``form`` to the client, with ``values`` as arguments of its query.

    While it runs, it holds one of ``slots`` and one connection, and some hundred kilobytes of
    memory thanks to backpressure from the client to PostgreSQL. If no slot is free, it raises a
    503. An error before the first chunk becomes a problem response; a later one aborts the
    transfer, so that an incomplete file never looks complete.
    """

    def __init__(
        self,
        database: Database,
        slots: asyncio.Semaphore,
        form: Form,
        headers: Mapping[str, str],
        *values: object,
    ) -> None:
        super().__init__((), headers=headers, media_type=form.media_type)
        self._database, self._slots = database, slots
        self._form, self._values = form, values

    async def stream_response(self, send: Send) -> None:
        """Starlette cancels this when the client disconnects."""
        if self._slots.locked():
            raise HTTPException(503, "Too many exports are running.", {"Retry-After": "5"})
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        body = _Body(send, start, self._form)
        async with self._slots, self._database.driver() as driver, _export_transaction(driver):
            await driver.copy_from_query(
                self._form.query, *self._values, output=body.write, **self._form.options
            )
        await body.finish()


@asynccontextmanager
async def _export_transaction(driver: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """A read-only transaction with its own ``statement_timeout``.

    After an error it is rolled back, which takes milliseconds, and the connection can be reused.
    The connection is closed only if the rollback fails.
    """
    try:
        await driver.execute(
            f"BEGIN READ ONLY; SET LOCAL statement_timeout = {round(STATEMENT_TIMEOUT * 1e3)}"
        )
        yield
        await driver.execute("COMMIT")
    except BaseException:
        rolled_back = False
        # Shielded: Starlette's cancellation would interrupt this await as well.
        try:
            with anyio.move_on_after(ROLLBACK_TIMEOUT, shield=True), suppress(Exception):
                await driver.execute("ROLLBACK")
                rolled_back = True
        finally:
            if not rolled_back:
                driver.terminate()
        raise


class _Body:
    """Buffers writes and sends them in chunks. The response starts with the first chunk."""

    def __init__(self, send: Send, start: Message, form: Form) -> None:
        self._send, self._start, self._form = send, start, form
        self._started = False
        self._buffer: list[bytes] = []
        self._size = 0

    async def write(self, data: bytes) -> None:
        """Backpressure: the driver reads nothing more from PostgreSQL until this returns."""
        self._buffer.append(data)
        self._size += len(data)
        if self._size >= CHUNK:
            await self._flush()

    async def finish(self) -> None:
        await self._flush(last=True)

    async def _flush(self, *, last: bool = False) -> None:
        body = b"".join(self._buffer)
        self._buffer, self._size = [], 0
        if not self._started:
            self._started = True
            opening = self._form.opening
            body = opening + body[len(opening) :]
            await self._send_with_timeout(self._start)
        if last:
            body += self._form.closing
        await self._send_with_timeout(
            {"type": "http.response.body", "body": body, "more_body": not last}
        )

    async def _send_with_timeout(self, message: Message) -> None:
        # Not an OSError, which the database would take for the loss of its own connection.
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._send(message)
        except OSError as error:
            raise ClientDisconnect from error
