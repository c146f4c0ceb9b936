"""Which connections are in use, as opposed to open and idle."""

from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from app.lab.wire.ledger import CURRENT, Ledger, Record

_USE = "course_use"


class Use:
    """Whether one connection is in use, and by which request.

    It is in use from when SQLAlchemy's pool hands it out until it is returned. A connection from
    elsewhere is in use while an exchange or a transaction is open on it.
    """

    def __init__(self) -> None:
        self._by: Record | None = None
        self._acquired = False
        self._idle_in: Ledger | None = None

    def acquire(self) -> None:
        """The pool hands it out."""
        self._end_idling()
        record = CURRENT.get()
        self._acquired = record is not None
        self._pass_to(record)

    def release(self) -> None:
        """It returns to its pool."""
        if self._by is not None:
            ledger, chain = self._by.ledger, self._by.chain
            if ledger.idle > 0 and chain is not None:
                chain.returned(self)
            ledger.idle += 1
            self._idle_in = ledger
        self._acquired = False
        self._pass_to(None)

    def close(self) -> None:
        """It is closed, or lost."""
        self._end_idling()
        self._acquired = False
        self._pass_to(None)

    def begin_exchange(self, record: Record | None) -> None:
        if record is not None:
            self._pass_to(record)

    def end_exchange(self) -> None:
        """PostgreSQL has answered everything, and no transaction is open."""
        if not self._acquired:
            self._pass_to(None)

    def _end_idling(self) -> None:
        if self._idle_in is not None:
            self._idle_in.idle -= 1
            self._idle_in = None

    def _pass_to(self, record: Record | None) -> None:
        if record is self._by:
            return
        if self._by is not None:
            self._by.connection_released()
        self._by = record
        if record is not None:
            record.connection_acquired()


_uses: WeakKeyDictionary[Any, Use] = WeakKeyDictionary()
"""By driver connection."""


def install() -> None:
    """Follow every connection of every SQLAlchemy pool. Idempotent."""
    if not event.contains(Pool, "connect", _opened):
        event.listen(Pool, "connect", _opened)
        event.listen(Pool, "checkout", _acquired)
        event.listen(Pool, "checkin", _released)


def connected(driver: "asyncpg.Connection[Any]", use: Use) -> None:
    """``use`` is that of the driver connection ``driver``."""
    _uses[driver] = use


def _opened(_: Any, entry: ConnectionPoolEntry) -> None:
    driver = entry.driver_connection
    if isinstance(driver, asyncpg.Connection) and driver in _uses:
        entry.info[_USE] = _uses[driver]


def _acquired(_: Any, entry: ConnectionPoolEntry, _pooled: Any) -> None:
    use: Use | None = entry.info.get(_USE)
    if use is not None:
        use.acquire()


def _released(_: Any, entry: ConnectionPoolEntry) -> None:
    use: Use | None = entry.info.get(_USE)
    if use is not None:
        use.release()
