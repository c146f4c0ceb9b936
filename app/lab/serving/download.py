"""A whole response from a process of its own, and what it cost that process."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psutil

from app.course.flow import Flow
from app.course.work import Work
from app.lab.display.table import Table
from app.lab.serving.http import client
from app.lab.serving.process_memory import PeakMemory, resident
from app.lab.serving.reader import reading
from app.lab.serving.workers import Workers

WARM_UP = "/api/products/1"
"""Opens a connection, and has the process import what every request needs."""


@dataclass(frozen=True)
class Download:
    """One response, read as fast as it arrives, and the process that sent it."""

    path: str
    status: int
    complete: bool
    """Whether the response has ended as HTTP says."""
    size: int
    """Bytes of the body."""
    lines: int
    """Lines of the body."""
    start: bytes
    """The first hundred bytes of the body."""
    flow: Flow
    """As the server counted it."""
    work: Work
    idle_memory: int
    """Bytes that the process took before the request."""
    peak_memory: int
    """The most bytes that it took meanwhile."""
    seconds: float

    @property
    def memory(self) -> int:
        """Bytes above idle at the peak."""
        return max(0, self.peak_memory - self.idle_memory)

    def table(self) -> Table:
        rows = [
            ["status", str(self.status)],
            ["complete", "yes" if self.complete else "no: it broke off"],
            ["body", f"{self.size / 1e6:,.1f} MB, {self.lines:,} lines"],
            ["round trips to PostgreSQL", f"{self.work.round_trips:,}"],
            ["most rows in flight", f"{self.flow.peak:,}"],
            ["rows fetched before the first byte", f"{self.flow.rows_at_first_byte or 0:,}"],
            ["memory of the process, idle", f"{self.idle_memory / 1e6:,.0f} MB"],
            ["at the peak", f"{self.memory / 1e6:,.0f} MB more"],
        ]
        return Table([f"GET {self.path}", "a process of its own"], rows)

    def __str__(self) -> str:
        return self.table().text()

    def _repr_html_(self) -> str:
        return self.table().html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


_START = 100


async def download(
    workers: Workers, path: str, headers: Mapping[str, str] | None = None
) -> Download:
    """The response to ``GET path`` of a single worker that has answered nothing else yet."""
    (pid,) = workers.pids
    async with client(workers.url) as http:
        await http.get(WARM_UP)
    idle = resident(psutil.Process(pid))
    size = lines = 0
    start = b""
    began = perf_counter()
    with PeakMemory(pid) as peak:
        async with reading(workers, path, headers=headers, buffer=None) as reader:
            async for piece in reader.rest():
                start = (start + piece[:_START])[:_START]
                size += len(piece)
                lines += piece.count(b"\n")
            seconds = perf_counter() - began
            trace = await reader.finished()
    return Download(
        path=path,
        status=reader.status,
        complete=reader.complete,
        size=size,
        lines=lines,
        start=start,
        flow=trace.flow or Flow(),
        work=trace.work,
        idle_memory=idle,
        peak_memory=max(idle, peak.bytes),
        seconds=seconds,
    )
