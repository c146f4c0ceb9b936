"""How much WAL a request makes PostgreSQL write, as the server processes count it themselves.

PostgreSQL 18 counts WAL for each server process, but publishes its counts at most once a second,
and only outside of transactions. So the process itself has to be told to publish them, over the
connection that the application uses. A meter does that between the application's own messages and
takes the answers out of what the application receives: nothing waits for them.

https://www.postgresql.org/docs/18/monitoring-stats.html has both functions.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from struct import unpack_from
from typing import TypeAlias

from app.course.wal import Wal

Reading: TypeAlias = "tuple[int, Wal]"
"""The id of a server process, and what it has written in its life."""

_SECONDS = 5
"""To wait for the counts at the end of a request."""
_PASSED_ON = frozenset(b"ANS")
"""Messages that can come at any time: notification, notice, parameter status."""


def _query(sql: str) -> bytes:
    text = sql.encode() + b"\0"
    return b"Q" + (4 + len(text)).to_bytes(4) + text


# Two queries, because the counts are published at the end of the first one's transaction.
_PUBLISH = _query("SELECT pg_stat_force_next_flush()")
_READ = _query(
    "SELECT pg_backend_pid(), coalesce(wal_bytes, 0), coalesce(wal_records, 0), "
    "coalesce(wal_fpi, 0) FROM pg_stat_get_backend_wal(pg_backend_pid())"
)
_QUERIES = 2


class WalMeter:
    """Reads the counts of the server process at the other end of one connection."""

    def __init__(self) -> None:
        self._write: Callable[[bytes], None] | None = None
        self._started = False
        self._idle = False
        """Whether the last answer to the application has ended outside of a transaction."""
        self._tail = b""
        self._answers: deque[_Answer] = deque()
        self._partial = b""

    def connected(self, write: Callable[[bytes], None]) -> None:
        """``write`` sends bytes over the connection."""
        self._write = write

    def lost(self) -> None:
        self._write = None
        while self._answers:
            self._answers.popleft().fail()

    def before_sending(self, tally: "WalTally | None") -> None:
        """The application is about to send something, for a request with that tally if any."""
        if self._started and tally is not None:
            tally.join(self)
        self._idle = False

    def read(self) -> "asyncio.Future[Reading | None]":
        """The counts up to now; ``None`` where they cannot be known."""
        answer = _Answer()
        if self._write is None or not self._idle:
            answer.fail()
        else:
            self._answers.append(answer)
            self._write(_PUBLISH + _READ)
        return answer.reading

    def received(self, data: bytes) -> bytes:
        """What of ``data`` is for the application."""
        if self._answers:
            data = self._take(self._partial + data)
        if data:
            self._tail = (self._tail + data[-6:])[-6:]
            if self._tail[:-1] == b"Z\0\0\0\5":
                self._started = True
                self._idle = self._tail[-1:] == b"I"
        return data

    def _take(self, data: bytes) -> bytes:
        """``data`` without the answers to the meter's own queries, which come first."""
        position, passed_on = 0, b""
        while self._answers and position + 5 <= len(data):
            end = position + 1 + int.from_bytes(data[position + 1 : position + 5])
            if end > len(data):
                break
            if data[position] in _PASSED_ON:
                passed_on += data[position:end]
            elif self._answers[0].message(data[position : position + 1], data[position + 5 : end]):
                self._answers.popleft()
            position = end
        rest = data[position:]
        if self._answers:
            self._partial = rest
            return passed_on
        self._partial = b""
        return passed_on + rest


class _Answer:
    """The answer to ``_PUBLISH`` and ``_READ``."""

    def __init__(self) -> None:
        self.reading: asyncio.Future[Reading | None] = asyncio.get_running_loop().create_future()
        self._left = _QUERIES
        self._row: list[int] | None = None

    def message(self, kind: bytes, content: bytes) -> bool:
        """Whether the answer ends with this message."""
        if kind == b"D" and self._left == 1:
            self._row = _numbers(content)
        if kind != b"Z":
            return False
        self._left -= 1
        if self._left == 0 and not self.reading.done():
            # Without a row there was an error: the server is older than PostgreSQL 18.
            self.reading.set_result((self._row[0], Wal(*self._row[1:])) if self._row else None)
        return self._left == 0

    def fail(self) -> None:
        if not self.reading.done():
            self.reading.set_result(None)


def _numbers(row: bytes) -> list[int]:
    """The columns of a DataRow in text format."""
    (columns,) = unpack_from("!H", row)
    at, numbers = 2, []
    for _ in range(columns):
        (length,) = unpack_from("!i", row, at)
        numbers.append(int(row[at + 4 : at + 4 + length]))
        at += 4 + length
    return numbers


class WalTally:
    """Adds up what one request makes the processes behind all of its connections write."""

    def __init__(self) -> None:
        self._before: dict[WalMeter, asyncio.Future[Reading | None]] = {}

    def join(self, meter: WalMeter) -> None:
        """The request uses that connection, from now on if it has not done so before."""
        if meter not in self._before:
            self._before[meter] = meter.read()

    async def total(self) -> Wal | None:
        """What has been written since; ``None`` where it cannot be known: on a server older than
        PostgreSQL 18, and where a connection was closed or is used by another request as well."""
        after = [meter.read() for meter in self._before]
        try:
            async with asyncio.timeout(_SECONDS):
                readings = await asyncio.gather(*self._before.values(), *after)
        except TimeoutError:
            return None
        total = Wal()
        for before, now in zip(readings[: len(after)], readings[len(after) :], strict=True):
            # Behind a connection pooler, two queries can meet two server processes.
            if before is None or now is None or before[0] != now[0]:
                return None
            total += now[1] - before[1]
        return total
