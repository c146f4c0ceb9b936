"""Keeps connections with the event loop that they were opened in.

An engine or a client at the top of a cell may be used by a server and by the cell itself, whose
event loop is another one in another thread. Neither asyncpg nor uvloop is made for that: where two
threads use one connection, the process may end with a segmentation fault.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import event, exc
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection
from sqlalchemy.util.concurrency import in_greenlet

from app.lab.wire.latency import Latency
from app.lab.wire.simulation import SIMULATION

_LOOP = "course_loop"
_NETWORK = "course_network"


class ForeignLoop(RuntimeError):
    """A connection is used from another event loop than the one it was opened in."""

    raised = False
    """Whether it has happened in this process: the driver closes such a connection."""

    def __init__(self) -> None:
        ForeignLoop.raised = True
        super().__init__(
            "This connection was opened in one event loop and is used in another: the servers have "
            "one, and the notebook's cells have their own. Create the engine, the pool or the "
            "client inside the function that uses it, and not at the top of a cell."
        )


def install() -> None:
    """Make every SQLAlchemy pool replace a connection of another loop, or one that an application
    on another simulated network has opened. Idempotent."""
    if not event.contains(Pool, "connect", _opened):
        event.listen(Pool, "connect", _opened)
        event.listen(Pool, "checkout", _checked_out)


class BoundTransport:
    """A transport that only its own loop's thread can use, and any thread can close."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def write(self, data: Any) -> None:
        self._check()
        self._transport.write(data)

    def writelines(self, buffers: Any) -> None:
        self._check()
        self._transport.writelines(buffers)

    def pause_reading(self) -> None:
        self._check()
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._check()
        self._transport.resume_reading()

    def close(self) -> None:
        self._close(self._transport.close)

    def abort(self) -> None:
        self._close(self._transport.abort)

    def unbound(self) -> Any:
        """The event loop's own transport."""
        return self._transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _is_here(self) -> bool:
        return threading.get_ident() == self._thread

    def _check(self) -> None:
        if not self._is_here():
            raise ForeignLoop

    def _close(self, call: Callable[..., None], *values: Any) -> None:
        # The garbage collector ends a connection in whichever thread it runs.
        if self._is_here():
            call(*values)
        else:
            _call_soon(self._loop, call, *values)


def _opened(_: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_LOOP] = _running_loop()
    entry.info[_NETWORK] = _latency()


def _checked_out(_: Any, entry: ConnectionPoolEntry, pooled: PoolProxiedConnection) -> None:
    opened_in: asyncio.AbstractEventLoop | None = entry.info.get(_LOOP)
    if opened_in is None:
        return
    if opened_in is _running_loop() and entry.info[_NETWORK] is _latency():
        return
    driver: Any = entry.driver_connection
    # As SQLAlchemy's documentation has it for connections of another process.
    entry.dbapi_connection = pooled.dbapi_connection = None  # type: ignore[misc]
    if hasattr(driver, "terminate"):
        _call_soon(opened_in, driver.terminate)
    if not in_greenlet():
        raise ForeignLoop  # nothing can be opened here
    raise exc.DisconnectionError("The connection belongs to another event loop or network.")


def _latency() -> Latency | None:
    simulation = SIMULATION.get()
    return None if simulation is None else simulation.latency


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: Any) -> None:
    with suppress(RuntimeError):  # the loop has ended, and its connections with it
        loop.call_soon_threadsafe(call, *values)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
