"""Counts the messages that asyncpg and PostgreSQL exchange.

The protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html. A message is a
type byte, a length of four bytes that counts itself, and a payload; the first message of a
connection has no type byte. A round trip is a message that makes the server answer and the
client wait: Sync, Flush, Query, CopyDone.
"""

import asyncio
import re
from collections import Counter, deque
from typing import Any, ClassVar

import asyncpg.protocol

from app.lab.wire import use
from app.lab.wire.bind_values import bind_values, parameter_types, raw_values
from app.lab.wire.data_rows import DataRows
from app.lab.wire.ledger import CURRENT, Kind, Ledger, Record, Span
from app.lab.wire.loop_guard import BoundTransport
from app.lab.wire.queries import Query, sender
from app.lab.wire.wal import WalMeter

_CONTROL = re.compile(
    r"\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|DEALLOCATE|;|$)", re.IGNORECASE
)
_READING = re.compile(r"\s*(SELECT|SHOW|VALUES)\b", re.IGNORECASE)
_TERMINATE = b"X\0\0\0\4"
_IDLE = b"Z\0\0\0\5I"
"""ReadyForQuery outside of a transaction."""
_TAIL = 80
"""Bytes that surely hold CommandComplete and ReadyForQuery, the last two messages of an answer."""


def install() -> None:
    """Make asyncpg's new connections of this process pass through a tap. Idempotent."""
    use.install()
    if not getattr(asyncpg.protocol.Protocol, "is_tapped", False):
        asyncpg.protocol.Protocol = _tapped_class(asyncpg.protocol.Protocol)


class Writes:
    """How many statements of this process may have changed a database.

    A statement that does not plainly read counts as a change.
    """

    _by_database: ClassVar[Counter[str]] = Counter()

    @classmethod
    def to(cls, database: str) -> int:
        """The statements sent to that database so far."""
        return cls._by_database[database]

    @classmethod
    def add(cls, database: str) -> None:
        cls._by_database[database] += 1


class Unattributed:
    """How many statements of this process were sent on behalf of no request."""

    _by_database: ClassVar[Counter[str]] = Counter()

    @classmethod
    def to(cls, database: str) -> int:
        """The statements sent to that database so far."""
        return cls._by_database[database]

    @classmethod
    def add(cls, database: str) -> None:
        cls._by_database[database] += 1


def _tapped_class(base: Any) -> Any:
    class TappedProtocol(base):  # type: ignore[misc]
        is_tapped = True

        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            # Made inside the task that asked for the connection, so its request is known here.
            self.course_tap = Tap(CURRENT.get())

        def connection_made(self, transport: asyncio.Transport) -> None:
            self.course_tap.made()
            self.course_tap.wal.connected(transport.write)
            super().connection_made(_TappedTransport(transport, self.course_tap))

        def set_connection(self, connection: Any) -> None:
            use.connected(connection, self.course_tap.use)
            super().set_connection(connection)

        def data_received(self, data: bytes) -> None:
            if data := self.course_tap.wal.received(data):
                self.course_tap.received(data)
                super().data_received(data)

        def connection_lost(self, error: Exception | None) -> None:
            self.course_tap.lost()
            self.course_tap.wal.lost()
            super().connection_lost(error)

    return TappedProtocol


class _TappedTransport(BoundTransport):
    """The transport asyncpg writes to; all but writing and closing goes straight through."""

    def __init__(self, transport: asyncio.Transport, tap: "Tap") -> None:
        super().__init__(transport)
        self._tap = tap

    def write(self, data: Any) -> None:
        data = bytes(data)
        if data == _TERMINATE:
            self._close(self._transport.write, data)
            return
        self._check()
        self._tap.sent(data)
        self._transport.write(data)

    def writelines(self, buffers: Any) -> None:
        self._check()
        parts = [bytes(part) for part in buffers]
        self._tap.sent(b"".join(parts))
        self._transport.writelines(parts)


class Tap:
    """Follows one connection: what was sent, for which request, and what was received."""

    def __init__(self, opener: Record | None) -> None:
        self.ledger: Ledger | None = None
        self.record = opener
        self.span: Span | None = None
        self.wal = WalMeter()
        self.use = use.Use()
        self._data_rows = DataRows()
        self._texts: dict[bytes, str] = {}
        self._types: dict[bytes, tuple[int, ...]] = {}
        """Of the parameters, by statement."""
        self._preparing: bytes | None = None
        self._database = ""
        self._started = False
        self._skip = 0
        self._partial = b""
        self._tail = self._end = b""
        self._waiting: deque[Span | None] = deque()
        self._walker: _AnswerWalker | None = None
        if opener is not None:
            opener.connections += 1
            self.span = opener.begin("connect", "open a connection", self)

    def made(self) -> None:
        if self.record is not None:
            self._move(self.record.ledger)

    def lost(self) -> None:
        self.use.close()
        self._move(None)

    def _move(self, ledger: Ledger | None) -> None:
        """The connection counts as open for the application that used it last."""
        if self.ledger is not None:
            self.ledger.connection_closed()
        if ledger is not None:
            ledger.connection_opened()
        self.ledger = ledger
        self._note_database()

    def _note_database(self) -> None:
        if self.ledger is not None and self._database:
            self.ledger.databases.add(self._database)

    # From the application to PostgreSQL.

    def sent(self, data: bytes) -> None:
        if not self._started:
            self._started = True
            self._database = database_of(data)
            self._note_database()
            return
        if self.record is not CURRENT.get():
            self.record = CURRENT.get()
            self._data_rows = DataRows()
        self.wal.before_sending(None if self.record is None else self.record.wal)
        if self.record is not None and self.record.ledger is not self.ledger:
            self._move(self.record.ledger)
        self.use.begin_exchange(self.record)
        if self.span is not None and self.span.kind != "copy":
            self.span = None
        if self._skip or self._partial:
            data = self._resume(data)
        self._read_messages(data)

    def _resume(self, data: bytes) -> bytes:
        """What follows the message that the last write left unfinished."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            return data[skipped:]
        data, self._partial = self._partial + data, b""
        return data

    def _read_messages(self, data: bytes) -> None:
        position, end = 0, len(data)
        while position < end:
            if position + 5 > end:
                self._partial = data[position:]
                return
            length = int.from_bytes(data[position + 1 : position + 5])
            self._message(data[position : position + 1], data, position + 5, position + 1 + length)
            position += 1 + length
        self._skip = position - end

    def _message(self, kind: bytes, data: bytes, start: int, end: int) -> None:
        record = self.record
        if kind == b"P":
            name = data.index(b"\0", start)
            text = data[name + 1 : data.index(b"\0", name + 1)].decode(errors="replace")
            self._texts[data[start:name]] = text
            self._preparing = data[start:name]
            if record is not None:
                record.prepared += 1
            self._begin("prepare", text)
        elif kind == b"B":
            portal = data.index(b"\0", start)
            name = data.index(b"\0", portal + 1)
            statement = data[portal + 1 : name]
            text, types = self._texts.get(statement, "?"), self._types.get(statement, ())
            self._execute(text)
            if end > len(data):
                return
            if self.span is not None and not self.span.parameters:
                self.span.parameters = bind_values(data, name + 1, types)
            if (explained := self._explained(text)) is not None:
                explained.append(Query(text, types, *raw_values(data, name + 1), sender()))
        elif kind == b"Q":
            text = data[start : end - 1].decode(errors="replace")
            self._execute(text)
            if (explained := self._explained(text)) is not None:
                explained.append(Query(text, sent_by=sender()))
            self._round_trip()
        elif kind in b"SHc":
            self._round_trip()
        elif kind == b"d" and self.span is None and record is not None:
            self.span = record.begin("copy", "COPY data", self)

    def _explained(self, text: str) -> list[Query] | None:
        """Where to note a statement that is to be explained, which hardly any request wants."""
        if self.record is None or self.record.queries is None or _CONTROL.match(text):
            return None
        return self.record.queries

    def _begin(self, kind: Kind, text: str) -> None:
        if self.record is not None:
            self.span = self.record.begin(kind, " ".join(text.split()), self)

    def _execute(self, text: str) -> None:
        if len(self._waiting) == 1 and self._walker is None:
            # Several statements before one answer (executemany): their tags are counted one by one.
            self._walker = _AnswerWalker()
        is_control = _CONTROL.match(text) is not None
        if not is_control and _READING.match(text) is None:
            Writes.add(self._database)
        if self.record is None:
            Unattributed.add(self._database)
        elif not is_control:
            self.record.statements += 1
        if len(self._waiting) == 0 or self._walker is None:
            self._begin("transaction" if is_control else "statement", text)
        self._waiting.append(self.span)

    def _round_trip(self) -> None:
        if self.record is not None:
            self.record.round_trips += 1
            if self.record.chain is not None:
                self.record.chain.round_trip(self.use)

    # From PostgreSQL to the application.

    def received(self, data: bytes) -> None:
        self._end = (self._end + data[-len(_IDLE) :])[-len(_IDLE) :]
        if self._end == _IDLE:
            self.use.end_exchange()
        if self._preparing is not None:
            self._types[self._preparing] = parameter_types(data) or ()
            self._preparing = None
        record = self.record
        if record is None:
            self._waiting.clear()
            return
        record.sql_bytes += len(data)
        if record.flow is not None:
            record.flow.received(self._data_rows.count(data))
        if self.span is not None:
            record.extend(self.span)
        if not self._waiting:
            return
        if self._walker is not None:
            self._count(self._walker.rows(data), record)
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]
        if is_ready(self._tail):
            if self._walker is None:
                self._count(rows_at_end(self._tail), record)
            self._waiting.clear()
            self._walker = None
            self._tail = b""

    def _count(self, rows: int, record: Record) -> None:
        record.rows += rows
        span = self._waiting[0]
        if span is not None:
            span.rows += rows


def database_of(startup: bytes) -> str:
    """The database that a StartupMessage names."""
    fields = startup[8:].split(b"\0")
    pairs = dict(zip(fields[::2], fields[1::2], strict=False))
    return pairs.get(b"database", pairs.get(b"user", b"")).decode(errors="replace")


def is_ready(tail: bytes) -> bool:
    """Whether an answer ends here: its last message is ReadyForQuery."""
    return tail[-6:-1] == b"Z\0\0\0\5"


def rows_at_end(tail: bytes) -> int:
    """The row count of the CommandComplete before the final ReadyForQuery; 0 without one."""
    at = tail.rfind(b"C\0\0\0", 0, len(tail) - 6)
    if at < 0 or at + 1 + int.from_bytes(tail[at + 1 : at + 5]) != len(tail) - 6:
        return 0
    return rows_of_tag(tail[at + 5 : -7])


def rows_of_tag(tag: bytes) -> int:
    """The rows in a command tag: 20 for ``SELECT 20``, 3 for ``INSERT 0 3``, else 0."""
    last = tag.rpartition(b" ")[2]
    return int(last) if last.isdigit() else 0


class _AnswerWalker:
    """Reads an answer message by message, across chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def rows(self, data: bytes) -> int:
        """The rows told by the command tags that are complete with this chunk."""
        data = self._rest + data
        position, rows = 0, 0
        while position + 5 <= len(data):
            end = position + 1 + int.from_bytes(data[position + 1 : position + 5])
            if end > len(data):
                break
            if data[position] == 67:  # C, CommandComplete
                rows += rows_of_tag(data[position + 5 : end - 1])
            position = end
        self._rest = data[position:]
        return rows
