"""Counts what the shop's own pipelined connection exchanges with Redis."""

from collections import deque
from functools import wraps
from typing import TYPE_CHECKING

from app.lab.wire.ledger import CURRENT, Record
from app.lab.wire.redis_commands import count_commands

if TYPE_CHECKING:
    from app.shop.cache.redis_pipeline import Pipeline, Reply

_TAP = "_course_tap"


class PipelineTap:
    """Follows one pipelined connection: which requests wait for its replies, in their order."""

    def __init__(self) -> None:
        self.records: deque[Record | None] = deque()
        self._sending: set[Record] = set()
        """The requests that have sent something in this iteration of the event loop."""

    def sent(self, pipeline: "Pipeline", record: Record | None) -> None:
        self.records.append(record)
        if record is None or record in self._sending:
            return
        record.add("redis_round_trips", 1)
        if not self._sending:
            pipeline._loop.call_soon(self._sending.clear)
        self._sending.add(record)

    def received(self, size: int) -> None:
        """Bytes count for the request that has waited longest; they may hold further replies."""
        if self.records and (record := self.records[0]) is not None:
            record.add("redis_bytes", size)

    def answered(self, pending: int) -> None:
        """Only the last ``pending`` commands still wait for their reply."""
        while len(self.records) > pending:
            self.records.popleft()


def install() -> None:
    """Wrap the connection's way of sending and receiving. Idempotent."""
    from app.shop.cache.redis_pipeline import Pipeline

    ask = Pipeline.ask
    if hasattr(ask, _TAP):
        return
    receive = Pipeline.data_received

    @wraps(ask)
    def counted_ask(self: "Pipeline", *command: bytes | str) -> "Reply":
        if self.closed:
            return ask(self, *command)  # which sends nothing
        record = CURRENT.get()
        span = None if record is None else count_commands(record, [str(command[0])])
        reply = ask(self, *command)
        _tap_of(self).sent(self, record)
        if record is not None and span is not None:
            reply.add_done_callback(lambda _: record.extend(span))
        return reply

    @wraps(receive)
    def counted_receive(self: "Pipeline", data: bytes) -> None:
        tap = _tap_of(self)
        tap.received(len(data))
        receive(self, data)
        tap.answered(len(self._pending))

    setattr(counted_ask, _TAP, True)
    Pipeline.ask = counted_ask  # type: ignore[method-assign]
    Pipeline.data_received = counted_receive  # type: ignore[method-assign]


def _tap_of(pipeline: "Pipeline") -> PipelineTap:
    tap: PipelineTap | None = getattr(pipeline, _TAP, None)
    if tap is None:
        tap = PipelineTap()
        setattr(pipeline, _TAP, tap)
    return tap
