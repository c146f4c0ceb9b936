"""A response that is what COPY writes."""

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
"""Bytes that are sent together, at least. PostgreSQL hands over 8 KiB at a time."""

PATIENCE = 30.0
"""Seconds a client may take to accept a chunk. Then it is given up, and its connection is free."""

LONGEST = 3600.0
"""Seconds the whole may take, in place of the connection's ``statement_timeout``: the statement
lasts as long as the client reads. A limit there must be, because PostgreSQL keeps all old versions
of rows while it runs. It notices the limit when it writes: who reads nothing meets ``PATIENCE``."""

STOPPING = 5.0
"""Seconds PostgreSQL has to stop when the client is gone."""


class CopyResponse(StreamingResponse):
    """Streams the rows of ``form``, with ``values`` for its query, to the client.

    Holds one of ``slots`` and one connection while it reads, and some hundred kilobytes: as long as
    the client does not read, PostgreSQL does not write. Without a free slot it answers with 503. An
    error is answered with a problem as long as nothing has been sent; later it breaks the transfer
    off, so that nothing incomplete looks complete.
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
        """Starlette cancels this as soon as the client is gone."""
        if self._slots.locked():
            raise HTTPException(503, "Too many exports are running.", {"Retry-After": "5"})
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        body = _Body(send, start, self._form)
        async with self._slots, self._database.driver() as driver, _unhurried(driver):
            await driver.copy_from_query(
                self._form.query, *self._values, output=body.write, **self._form.options
            )
        await body.finish()


@asynccontextmanager
async def _unhurried(driver: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """A transaction with a ``statement_timeout`` of its own.

    On an error the connection is free as soon as PostgreSQL has stopped, which takes milliseconds,
    and in use again by the next. It is closed only where that fails.
    """
    try:
        await driver.execute(
            f"BEGIN READ ONLY; SET LOCAL statement_timeout = {round(LONGEST * 1e3)}"
        )
        yield
        await driver.execute("COMMIT")
    except BaseException:
        stopped = False
        # Starlette's cancellation would interrupt every wait from here on, this one too.
        try:
            with anyio.move_on_after(STOPPING, shield=True), suppress(Exception):
                await driver.execute("ROLLBACK")
                stopped = True
        finally:
            if not stopped:
                driver.terminate()
        raise


class _Body:
    """Sends what is written in chunks. The answer begins with the first."""

    def __init__(self, send: Send, start: Message, form: Form) -> None:
        self._send, self._start, self._form = send, start, form
        self._started = False
        self._waiting: list[bytes] = []
        self._size = 0

    async def write(self, data: bytes) -> None:
        """The driver reads nothing more from PostgreSQL until this returns."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= CHUNK:
            await self._flush()

    async def finish(self) -> None:
        await self._flush(last=True)

    async def _flush(self, *, last: bool = False) -> None:
        body = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        if not self._started:
            self._started = True
            opening = self._form.opening
            body = opening + body[len(opening) :]
            await self._send_in_time(self._start)
        if last:
            body += self._form.closing
        await self._send_in_time(
            {"type": "http.response.body", "body": body, "more_body": not last}
        )

    async def _send_in_time(self, message: Message) -> None:
        # Not as an OSError: to the database that would be a lost connection of its own.
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(message)
        except OSError as error:
            raise ClientDisconnect from error
