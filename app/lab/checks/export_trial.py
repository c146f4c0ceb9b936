"""Tries a learner's export in a process of its own, with readers over sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

import asyncpg
import psutil

from app.course.errors import CourseError
from app.course.evidence import Evidence
from app.course.exports import ExportObservation, ReceivedExport, Stalled
from app.course.flow import Flow
from app.course.kinds import ExportExercise
from app.course.kinds.export import OBSERVATION
from app.course.shop import Shop
from app.lab.checks.export_lines import Comparison, Expected
from app.lab.load.schedule import short
from app.lab.services.external import plain_url
from app.lab.serving.activity import Activity, activity_seen_by
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.download import WARM_UP
from app.lab.serving.http import client
from app.lab.serving.process_memory import PeakMemory, resident
from app.lab.serving.reader import Reader, reading
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import watched
from app.lab.serving.workers import Workers

_READ = 65_536
"""Bytes after which a reader stops, or leaves."""
_LOOKS, _LOOK_SECONDS = 10, 0.01
"""Looks at a server without any change, after which it stands still: whatever is ready to run gets
its turn between two looks, however busy the machine is."""
_LONGEST_SECONDS = 60.0
_TRACE_SECONDS = 10.0
_LOCK_SECONDS = 20

_known: WeakKeyDictionary[Copies, dict[str, Expected]] = WeakKeyDictionary()
"""The lines of exports of the data as it was loaded, by path."""


async def try_export(
    exercise: ExportExercise, answer: Any, found: Shop, copies: Copies
) -> Evidence:
    """What came of the trial, up to the first part that a step refuses.

    Raises ``CourseError`` where the shop does not start or code does not return."""
    with Arm(exercise.apply(answer, found), copies, own_process=True) as arm:
        assert isinstance(arm.host, Workers)
        assert arm.settings is not None
        trial = _Trial(exercise, answer, arm.host, arm.settings.database_url, copies)
        await watched([arm.host], trial.run())
        return trial.evidence


class _Trial:
    def __init__(
        self, exercise: ExportExercise, answer: Any, host: Workers, url: str, copies: Copies
    ) -> None:
        self._exercise = exercise
        self._host = host
        self._url = url
        self._watcher: asyncpg.Connection[asyncpg.Record]
        self._known = _known.setdefault(copies, {})
        self._seen = ExportObservation()
        self.evidence = Evidence(answer, extra={OBSERVATION: self._seen})

    async def run(self) -> None:
        async with self._connection() as self._watcher:
            await self._run()

    async def _activity(self) -> Activity:
        return await activity_seen_by(self._watcher)

    async def _run(self) -> None:
        if short():
            await self._execute(self._exercise.reduced)
        async with client(self._host.url) as http:
            await http.get(WARM_UP)
        (pid,) = self._host.pids
        idle = resident(psutil.Process(pid))
        with PeakMemory(pid) as peak:
            if await self._refused(self._alone) or await self._refused(self._at_several_paces):
                return
        self._seen.memory = max(0, peak.bytes - idle)
        if await self._refused(self._again) or await self._refused(self._leaving):
            return
        if not self._seen.kept:  # otherwise the table may be locked for ever
            await self._breaking()

    async def _refused(self, part: Callable[[], Awaitable[None]]) -> bool:
        if not self._any_refusal():
            await part()
        return self._any_refusal()

    def _any_refusal(self) -> bool:
        return any(step(self.evidence) for step in self._exercise.steps)

    # The parts of the trial.

    async def _alone(self) -> None:
        for path in (self._exercise.small[0], *self._exercise.small):
            self._seen.alone.append(await self._read(path, await self._expected(path)))
            if self._any_refusal():
                return

    async def _at_several_paces(self) -> None:
        path = self._exercise.path
        expected = await self._expected(path)
        small = [(one, await self._expected(one)) for one in self._exercise.small]
        async with reading(self._host, path) as reader:
            comparison = Comparison(expected)
            begin = await reader.read(_READ)
            comparison.add(begin)
            await self._standstill(reader)
            self._seen.stalled = Stalled(len(begin), reader.flow, self._host.in_use)
            if self._any_refusal():
                return
            self._seen.several += await asyncio.gather(*(self._read(*one) for one in small))
            if self._any_refusal():
                return
            await self._execute(self._exercise.meanwhile)
            self._seen.whole = await self._finish(path, reader, comparison, expected)

    async def _again(self) -> None:
        path = self._exercise.small[0]
        self._seen.afterwards.append(await self._read(path, await self._lines(path)))

    async def _leaving(self) -> None:
        # Several, since the cancellation meets each at a place of its own.
        for size in (0, _READ, 0, _READ):
            async with reading(self._host, self._exercise.path) as reader:
                await reader.read(size)
        await self._standstill()
        self._seen.kept, self._seen.kept_query = await self._kept()

    async def _breaking(self) -> None:
        await self._execute(self._exercise.broken)
        path = self._exercise.path
        self._seen.broken = await self._read(path, await self._expected(path))
        self._seen.kept_after_error, _ = await self._kept()

    # What they consist of.

    async def _read(self, path: str, expected: Expected) -> ReceivedExport:
        async with reading(self._host, path) as reader:
            return await self._finish(path, reader, Comparison(expected), expected)

    async def _finish(
        self, path: str, reader: Reader, comparison: Comparison, expected: Expected
    ) -> ReceivedExport:
        async for piece in reader.rest():
            comparison.add(piece)
            if comparison.lines > 2 * expected.total + 1000:
                break  # it may never end
        comparison.end()
        trace = await self._trace(reader)
        return ReceivedExport(
            path=path,
            status=reader.status,
            media_type=reader.headers.get("content-type", ""),
            complete=reader.complete,
            lines=comparison.lines,
            expected=expected.total,
            missing=comparison.missing,
            surplus=comparison.surplus,
            example=comparison.example,
            by_learner=bool(trace and trace.endpoint and not trace.endpoint.startswith("app.")),
            exception=trace.exception if trace else None,
        )

    async def _trace(self, reader: Reader) -> Trace | None:
        try:
            async with asyncio.timeout(_TRACE_SECONDS):
                return await asyncio.wrap_future(reader.trace)
        except TimeoutError:
            return None

    async def _standstill(self, reader: Reader | None = None) -> None:
        """Wait until nothing moves: no row, no line, no connection, and PostgreSQL works on
        nothing. A slow machine only makes it take longer.

        Ends early where too many rows are in flight.
        """
        before, same = None, 0
        async with asyncio.timeout(_LONGEST_SECONDS):
            while same < _LOOKS:
                flow, in_use = await asyncio.to_thread(self._state, reader)
                if flow.peak > self._exercise.most_in_flight:
                    return
                now = flow, in_use, await self._is_working()
                same = same + 1 if now == before and not now[2] else 0
                before = now
                await asyncio.sleep(_LOOK_SECONDS)

    async def _kept(self) -> tuple[int, str]:
        """The connections in use, and what PostgreSQL says of one of them."""
        # A generator that was given up is closed when it is collected, sooner or later.
        await asyncio.to_thread(self._host.collect_garbage)
        await self._standstill()
        in_use, busy = await asyncio.to_thread(lambda: self._host.in_use), await self._activity()
        state = f"{busy[0].state}, waits for {busy[0].waits_for}" if busy else ""
        # Code that has no request is not counted here, but PostgreSQL sees it.
        return max(in_use, len(busy)), state

    def _state(self, reader: Reader | None) -> tuple[Flow, int]:
        self._host.turn()
        return (reader.flow if reader else Flow()), self._host.in_use

    async def _is_working(self) -> bool:
        """Whether PostgreSQL has something to do for the shop."""
        return any(
            one.state == "active" and not one.waits_for.startswith("Client")
            for one in await self._activity()
        )

    async def _expected(self, path: str) -> Expected:
        """The lines of an export of the data as it was loaded."""
        key = f"{path} {short()}"
        if key not in self._known:
            self._known[key] = await self._lines(path)
        return self._known[key]

    async def _lines(self, path: str) -> Expected:
        """The lines of an export of the data as it is."""
        country = next(iter(parse_qs(urlsplit(path).query).get("country", [])), None)
        async with self._connection() as connection:
            rows = await connection.fetch(self._exercise.lines, country)
        return await asyncio.to_thread(Expected, (row[0].encode() for row in rows))

    async def _execute(self, statements: Sequence[str]) -> None:
        async with self._connection() as connection:
            await connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
            try:
                async with connection.transaction():
                    for statement in statements:
                        await connection.execute(statement)
            except asyncpg.LockNotAvailableError:
                raise CourseError("A connection of the shop keeps a table locked.") from None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        try:
            connection = await asyncpg.connect(plain_url(self._url))
        except OSError as error:
            raise CourseError(f"PostgreSQL no longer answers: {error}.") from None
        try:
            yield connection
        finally:
            await connection.close()
