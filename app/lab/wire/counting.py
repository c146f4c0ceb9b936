"""The work counters for an application of one's own: in a test, and as an ASGI layer."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.course.objects import Objects
from app.course.work import Work
from app.lab.wire import postgres_tap, redis_tap
from app.lab.wire.ledger import CURRENT, Ledger, Record
from app.lab.wire.middleware import ASGIApp, Message, Observed, Receive, Send
from app.lab.wire.objects import ObjectTally


def _install_taps() -> None:
    postgres_tap.install()
    redis_tap.install()


class Counts:
    """What ``count_work`` has counted so far."""

    def __init__(self, record: Record, tally: ObjectTally | None) -> None:
        self._record = record
        self._tally = tally

    @property
    def work(self) -> Work:
        return self._record.work()

    @property
    def peak_in_use(self) -> int:
        """The most connections to PostgreSQL in use at a time: acquired from one of SQLAlchemy's
        pools, or with a statement or transaction under way."""
        return self._record.peak_in_use

    @property
    def objects(self) -> Objects | None:
        """The objects that were built and converted; ``None`` where that was not asked for."""
        return None if self._tally is None else self._tally.objects()

    def __repr__(self) -> str:
        return described(self.work)


@contextmanager
def count_work(*, objects: bool = False) -> Iterator[Counts]:
    """Count what the code of a block makes PostgreSQL and Redis do, through asyncpg and redis-py.

    It counts for the current task and for the tasks that are started inside the block, so in a test
    that calls its application in process, as with ``httpx.ASGITransport``. A connection that was
    opened before the first use in the process is not counted.

    Args:
        objects: Whether to count the objects as well that SQLAlchemy, Pydantic and FastAPI build
            and convert in the block; it takes longer.

    Yields:
        The counts, as ``work`` at any time, and the most connections in use at a time, as
        ``peak_in_use``. If asked for, ``objects``, with the counts that ``lab.get`` has.
    """
    _install_taps()
    record = Ledger().open(None)
    record.objects = tally = ObjectTally() if objects else None
    mark = CURRENT.set(record)
    if tally is not None:
        tally.start()
    try:
        yield Counts(record, tally)
    finally:
        CURRENT.reset(mark)
        if tally is not None:
            tally.stop()


class Counted:
    """An ASGI application that counts what its requests make PostgreSQL and Redis do.

    Each response gets a ``Server-Timing`` header with the counts up to its start, which browsers
    show beside the request: ``sql;desc="21 statements in 21 round trips"``. Wrap the application
    before it opens connections.

    Args:
        app: Any ASGI application.
    """

    def __init__(self, app: ASGIApp) -> None:
        _install_taps()
        self._ledger = Ledger()
        self._app = Observed(_ServerTiming(app), self._ledger)

    @property
    def total(self) -> Work:
        """The work of all requests that have finished."""
        return self._ledger.total

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _ServerTiming:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        record = CURRENT.get()

        async def send_with_counts(message: Message) -> None:
            if message["type"] == "http.response.start" and record is not None:
                value = f'sql;desc="{described(record.work())}"'.encode()
                headers = [*message.get("headers", ()), (b"server-timing", value)]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_counts)


def described(work: Work) -> str:
    """The counts that matter most, in words."""
    text = f"{work.statements} statements in {work.round_trips} round trips"
    if work.connections:
        text += f", {work.connections} connections opened"
    return text + (f", {work.redis_commands} Redis commands" if work.redis_commands else "")
