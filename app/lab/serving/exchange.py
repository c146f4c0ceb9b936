"""One request made by hand: what came back, what it cost, and when."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from app.course.errors import CourseError
from app.course.objects import Objects
from app.course.sql import labels, laid_out
from app.course.wal import Wal
from app.course.wording import count_of
from app.course.work import Work
from app.lab.display.alert import AMBER, RED, alert
from app.lab.display.code import code_html, folded
from app.lab.display.figure import figure_html
from app.lab.display.table import Table
from app.lab.display.validation import problem_in
from app.lab.display.waterfall import waterfall
from app.lab.display.work import LABELS, OBJECT_LABELS
from app.lab.serving.host import Host
from app.lab.serving.http import client
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import watched
from app.lab.wire.ledger import Span
from app.lab.wire.middleware import INSTRUMENTS_HEADER, MEMORY, OBJECTS, TRACE_HEADER, WAL

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 60
_TRACE_SECONDS = 2
"""For the trace of a request whose connection broke."""
_MOST_CONNECTIONS = 20
"""Of a pool that are warmed up: it returns them in turn, and each prepares a statement once."""
_MOST_OPENED = 3
"""Requests that open a connection. On a busy machine, a request may find that the one before it has
not returned its own yet."""
_LARGEST_BODY = 256_000_000
_FOLDED_CHARACTERS = 4000
_MOST_STATEMENTS = 8
_LABEL_WIDTH = 110
_MOST_COLUMNS = 8
"""Of counters that fit side by side into a line of text."""


@dataclass(frozen=True)
class Exchange:
    """The answer to one request, its work counters and its spans in order of time."""

    method: str
    path: str
    status: int
    answer: Any
    """The decoded JSON, or the text when it is none."""
    headers: dict[str, str]
    work: Work
    seconds: float
    """On the server, until the application was done."""
    spans: tuple[Span, ...] = field(repr=False)
    trace: Trace = field(repr=False)
    client_seconds: float = 0.0
    """Until the client, which opened a connection for it, had received the last byte."""
    instruments: frozenset[str] = frozenset()
    """What was observed besides the counters: ``wal``, ``memory``, ``objects``."""
    body: bytes = field(default=b"", repr=False)
    """As it was sent, without its content encoding."""

    @property
    def wal(self) -> Wal | None:
        """The WAL that PostgreSQL wrote for it; ``None`` where that was not asked for, on a server
        older than PostgreSQL 18, and where a connection was closed meanwhile."""
        return self.trace.wal

    @property
    def peak_memory(self) -> int | None:
        """The most bytes that its Python objects took at one time; ``None`` where that was not
        asked for."""
        return self.trace.peak_memory

    @property
    def objects(self) -> Objects | None:
        """What Python built and converted for it; ``None`` where that was not asked for, and where
        its own code has changed what counts."""
        return self.trace.objects

    @property
    def statements(self) -> tuple[str, ...]:
        """The SQL in order, without transaction control."""
        return tuple(span.text for span in self.spans if span.kind == "statement")

    @property
    def exception(self) -> str | None:
        """What the endpoint raised, in one line."""
        return self.trace.exception

    @property
    def longest_chain(self) -> int:
        """The most round trips to PostgreSQL of which each had to wait for the one before: in the
        same task, in one that it started or waited for, or on the same connection."""
        return self.trace.longest_chain

    @property
    def peak_in_use(self) -> int:
        """The most connections to PostgreSQL in use at a time, that is, acquired from a pool or
        with a statement or transaction under way."""
        return self.trace.peak_in_use

    @property
    def left_in_use(self) -> int:
        """Connections that the request was still using when it was over."""
        return self.trace.left_in_use

    def counters(self) -> Table:
        """The work counters, one column each; Redis only where it was used."""
        shown: dict[str, int | None] = {
            LABELS[name]: getattr(self.work, name)
            for name in LABELS
            if not name.startswith("redis_") or self.work.redis_commands
        }
        shown |= {"longest chain": self.longest_chain, "connections in use": self.peak_in_use}
        if WAL in self.instruments:
            shown["bytes of WAL"] = self.wal.bytes if self.wal else None
        if MEMORY in self.instruments:
            shown["bytes of memory at the peak"] = self.peak_memory
        if OBJECTS in self.instruments:
            shown |= {
                label: getattr(self.objects, name, None) for name, label in OBJECT_LABELS.items()
            }
        values = ["unknown" if number is None else f"{number:,}" for number in shown.values()]
        return Table(list(shown), [values])

    def grouped(self) -> Table:
        """The statements by text, with how often each ran and the rows it brought."""
        times: Counter[str] = Counter(self.statements)
        rows: Counter[str] = Counter()
        for span in self.spans:
            if span.kind == "statement":
                rows[span.text] += span.rows
        common = times.most_common(_MOST_STATEMENTS)
        shown = labels([text for text, _ in common], _LABEL_WIDTH)
        body = [
            [f"{n:,}", f"{rows[text]:,}", label]
            for (text, n), label in zip(common, shown, strict=True)
        ]
        return Table(["times", "rows", "statement"], body, code=("statement",))

    def to_json(self) -> dict[str, Any]:
        """The exchange as plain data, for programs."""
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "exception": self.exception,
            "work": {name: getattr(self.work, name) for name in LABELS},
            "longest_chain": self.longest_chain,
            "peak_in_use": self.peak_in_use,
            "statements": list(self.statements),
        }

    @property
    def failure(self) -> str | None:
        """Why the request failed: what was raised, or else what an error response says."""
        if self.exception:
            return f"It raised {self.exception}"
        return problem_in(self.answer) if self.status >= 400 else None

    def __str__(self) -> str:
        counters = self.counters()
        if len(counters.headers) > _MOST_COLUMNS:
            pairs = zip(counters.headers, *counters.rows, strict=True)
            counters = Table(["counter", "this request"], [list(pair) for pair in pairs])
        tables = [counters, self.grouped()] if self.statements else [counters]
        failure = [self.failure] if self.failure else []
        return "\n".join([self._headline(), *failure, *(table.text() for table in tables)])

    def _repr_html_(self) -> str:
        parts = [self._headline_html(), self.counters().html()]
        if self.spans:
            figure, alt = waterfall(self.spans, self.seconds)
            parts.append(figure_html(figure, alt))
        if self.statements:
            parts += [self.grouped().html(), self._folded_statements()]
        return "".join([*parts, self._folded_answer()])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("…" if cycle else str(self))

    def _headline(self) -> str:
        size = f", {len(self.answer):,} items" if isinstance(self.answer, list) else ""
        return f"{self.method} {self.path}: {self.status}{size}"

    def _headline_html(self) -> str:
        if self.failure:
            return alert(self._headline(), self.failure, RED if self.exception else AMBER)
        return f"<p><b>{escape(self._headline())}</b></p>"

    def _folded_statements(self) -> str:
        """Each different statement once, in full, in the order in which they were executed."""
        times = Counter(self.statements)
        texts = [f"-- {count_of(n, 'time')}\n{laid_out(text)};" for text, n in times.items()]
        return folded("The statements in full", code_html("\n\n".join(texts), "sql"))

    def _folded_answer(self) -> str:
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer, indent=2)
        if len(text) > _FOLDED_CHARACTERS:
            text = text[:_FOLDED_CHARACTERS] + "\n…"
        return folded("The answer", code_html(text))


@dataclass(frozen=True)
class Exchanges:
    """Two identical requests: the first meets whatever is not warm yet."""

    first: Exchange
    second: Exchange

    def __str__(self) -> str:
        return f"First\n{self.first}\nSecond\n{self.second}"

    def _repr_html_(self) -> str:
        return f"<h4>First</h4>{self.first._repr_html_()}<h4>Second</h4>{self.second._repr_html_()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("…" if cycle else str(self))


async def exchange(
    host: Host,
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
    at: str | None = None,
    instruments: Collection[str] = (),
) -> Exchange:
    """Make one request to ``host``, or to one of its workers ``at`` its own URL, and trace it.

    ``body`` is sent as it is if it is text or bytes, anything else as JSON, and nothing for
    ``None``. ``token`` is the customer's bearer token. ``instruments`` are to observe it besides
    the counters: ``wal``, ``memory``, ``objects``. Raises ``CourseError`` if there is no
    response, or if the endpoint raises after its response has begun.
    """
    trace = uuid4().hex
    sent = {**(headers or {}), TRACE_HEADER.decode(): trace}
    if instruments:
        sent[INSTRUMENTS_HEADER.decode()] = ",".join(instruments)
    if token:
        sent["Authorization"] = f"Bearer {token}"
    future = host.trace(trace.encode())
    response, content, client_seconds, seen = await watched(
        [host], _response(_sent(at or host.url, method, path, body, sent, future), future)
    )
    return Exchange(
        method=method,
        path=path,
        status=response.status_code,
        answer=_decoded(content, response.charset_encoding),
        headers=dict(response.headers),
        work=seen.work,
        seconds=seen.seconds,
        spans=seen.spans,
        trace=seen,
        client_seconds=client_seconds,
        instruments=frozenset(instruments),
        body=content,
    )


class _Response(NamedTuple):
    response: "httpx.Response"
    content: bytes
    client_seconds: float
    trace: Trace


async def _response(sent: Awaitable[_Response], trace: "Future[Trace]") -> _Response:
    import httpx

    try:
        return await sent
    except httpx.TransportError as error:
        # The connection breaks where an endpoint raises after its response has begun.
        if raised := await _raised(trace):
            request = error.request
            target = request.url.raw_path.decode()
            raise CourseError(
                f"{request.method} {target} raised {raised}, after its response had begun."
            ) from None
        raise


async def _raised(trace: "Future[Trace]") -> str | None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_TRACE_SECONDS):
            return (await asyncio.wrap_future(trace)).exception
    return None


async def _sent(
    url: str,
    method: str,
    path: str,
    body: Any,
    headers: Mapping[str, str],
    trace: "Future[Trace]",
) -> _Response:
    import httpx

    content = body if isinstance(body, str | bytes) else None
    # A server closes the connection on which an endpoint raised, so each request opens its own.
    unshared = httpx.Limits(max_keepalive_connections=0)
    async with client(url, limits=unshared, timeout=_TIMEOUT_SECONDS) as http:
        started = perf_counter()
        async with http.stream(
            method,
            path,
            content=content,
            json=body if content is None else None,
            headers=headers,
        ) as response:
            received = await _read(response)
            return _Response(response, received, perf_counter() - started, await _wait(trace))


async def _read(response: "httpx.Response") -> bytes:
    """Raises ``CourseError`` for a body that would fill the memory, such as an endless one."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise CourseError(
                f"The response is longer than {_LARGEST_BODY // 1_000_000:,} MB, and there is "
                "more. Does it end?"
            )
    return bytes(body)


async def repeated(request: Callable[[], Awaitable[Exchange]]) -> Exchange:
    """The result of repeating ``request`` once, or several times while it gets connections from a
    pool on which its statements are not prepared yet. One that fails never prepares them, and one
    that opens a connection again and again has no pool."""
    opened = 0
    for _ in range(_MOST_CONNECTIONS):
        seen = await request()
        kinds = {span.kind for span in seen.spans}
        opened += "connect" in kinds
        if seen.status >= 500 or "prepare" not in kinds or opened == _MOST_OPENED:
            break
    return seen


async def _wait(future: "Future[Trace]") -> Trace:
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        return await asyncio.wrap_future(future)


def _decoded(body: bytes, encoding: str | None) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(encoding or "utf-8", "replace")
