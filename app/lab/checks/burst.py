"""Many requests at once, and what came of them."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation
from app.lab.display.alert import alert
from app.lab.display.table import Table
from app.lab.display.work import LABELS
from app.lab.environment.process import require_open_files
from app.lab.serving.host import Host
from app.lab.serving.http import client
from app.lab.serving.server import Server
from app.lab.serving.trace import Trace
from app.lab.serving.watchdog import watched
from app.lab.wire.middleware import TRACE_HEADER

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 60
_IDLE_SECONDS = 1
_TRACE_SECONDS = 5


class ShownBurst(BurstObservation):
    """A burst that renders itself, why requests failed first."""

    def failures(self) -> list[str]:
        """A sentence for each status that has a reason."""
        return [
            f"{self.statuses[status]:,} of {self.burst.requests:,} requests got "
            f"{status or 'no reply'}: {reason}"
            for status, reason in self.reasons.items()
        ]

    def table(self) -> Table:
        """The statuses, and the counters of all requests together."""
        statuses = ", ".join(
            f"{count:,} × {status or 'no reply'}" for status, count in self.statuses.items()
        )
        counts = [
            [LABELS[name], f"{getattr(self.work, name):,}"]
            for name in LABELS
            if getattr(self.work, name)
        ]
        peaks = [
            ["most connections open at a time", f"{self.peak_connections:,}"],
            ["most connections in use at a time", f"{self.peak_in_use:,}"],
        ]
        return Table(["", "all together"], [["statuses", statuses], *counts, *peaks])

    def __str__(self) -> str:
        return "\n".join([self._headline(), *self.failures(), self.table().text()])

    def _headline(self) -> str:
        return (
            f"GET {self.burst.path}: {self.burst.requests:,} requests, {self.burst.connections:,} "
            "at a time"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        failures = self.failures()
        head = f"<p><b>{escape(self._headline())}</b></p>"
        if failures:
            head = alert(self._headline(), " ".join(failures))
        return head + self.table().html()


async def send_burst(burst: Burst, host: Host, token: str | None = None) -> ShownBurst:
    """``burst.requests`` requests, at most ``burst.connections`` of them at a time, each with the
    bearer ``token``.

    Raises ``CourseError`` for a barrier where several processes serve.
    """
    # Either end of each, and the server's own to PostgreSQL.
    require_open_files(3 * burst.connections, f"{burst.connections} connections")
    before = host.total
    host.reset_peak()
    left = iter(range(burst.requests))
    headers = {**burst.headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    with _barrier(burst, host):
        customers = (_customer(host, burst.path, headers, left) for _ in range(burst.connections))
        sent = await watched([host], asyncio.gather(*customers))
    replies = [reply for one in sent for reply in one]
    statuses = Counter(reply.status for reply in replies)
    seen = await _finished([reply.trace for reply in replies if reply.trace])
    return ShownBurst(
        burst=burst,
        statuses=dict(sorted(statuses.items())),
        work=host.total - before,
        peak_connections=host.peak_connections,
        reasons=_reasons(replies),
        peak_in_use=host.peak_in_use,
        longest_chain=max((one.longest_chain for one in seen), default=0),
        peak_in_use_per_request=max((one.peak_in_use for one in seen), default=0),
    )


def _barrier(burst: Burst, host: Host) -> AbstractContextManager[None]:
    if not burst.barrier:
        return nullcontext()
    if not isinstance(host, Server):
        raise CourseError("Requests can wait for each other only where one process serves them.")
    return host.barrier(burst.requests)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    """0 for a broken connection."""
    reason: str | None = None
    """Why it is an error, if it is and says so."""
    trace: "Future[Trace] | None" = None


def _reasons(replies: Sequence[_Reply]) -> dict[int, str]:
    """The most frequent reason for each status that has one."""
    counts = Counter((one.status, one.reason) for one in replies if one.reason)
    # Later ones, which are more frequent, replace earlier ones.
    return {status: str(reason) for (status, reason), _ in reversed(counts.most_common())}


async def _customer(
    host: Host, path: str, headers: Mapping[str, str], left: Iterator[int]
) -> list[_Reply]:
    """The replies to one GET after the other, while any are ``left``."""
    import httpx

    # Given up before the server gives it up, so that no request meets a closing connection.
    limits = httpx.Limits(keepalive_expiry=_IDLE_SECONDS)
    # A client of its own: httpx looks at each connection of a pool for each request.
    async with client(host.url, limits=limits, timeout=_TIMEOUT_SECONDS) as http:
        return [await _reply(http, host, path, headers) for _ in left]


async def _reply(
    http: "httpx.AsyncClient", host: Host, path: str, headers: Mapping[str, str]
) -> _Reply:
    """The reply to one GET, made again once where the connection breaks, as browsers do."""
    import httpx

    for _ in range(2):
        with suppress(httpx.TransportError):
            return await _first_reply(http, host, path, headers)
    return _Reply(0)


async def _first_reply(
    http: "httpx.AsyncClient", host: Host, path: str, headers: Mapping[str, str]
) -> _Reply:
    token = uuid4().hex
    # Every other process would have to be notified of every request.
    trace = host.trace(token.encode()) if isinstance(host, Server) else None
    sent = {**headers, TRACE_HEADER.decode(): token}
    async with http.stream("GET", path, headers=sent) as response:
        if response.is_error:
            body = await response.aread()
            raised = await _raised(trace) if response.is_server_error and trace else None
            return _Reply(response.status_code, raised or _detail(body), trace)
        async for _ in response.aiter_raw():
            pass  # kept, the bodies of many that do not end would fill the memory
        return _Reply(response.status_code, trace=trace)


async def _raised(trace: "Future[Trace]") -> str | None:
    return next((seen.exception for seen in await _finished([trace])), None)


async def _finished(traces: "Sequence[Future[Trace]]") -> list[Trace]:
    """Those of requests that are over, or are soon."""
    if not traces:
        return []
    futures = [asyncio.wrap_future(trace) for trace in traces]
    done, _ = await asyncio.wait(futures, timeout=_TRACE_SECONDS)
    return [future.result() for future in done]


def _detail(body: bytes) -> str | None:
    """What a problem (RFC 9457) says."""
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        return None
    return detail if isinstance(detail, str) else None
