"""Checks whether this machine has everything that the course needs."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.course.errors import CourseError
from app.lab.authoring.project import this_project
from app.lab.display.table import Table
from app.lab.environment.process import OPEN_FILES, open_files
from app.lab.machine.packages import differences, required
from app.lab.machine.ports import port_report

if TYPE_CHECKING:
    import httpx

    from app.lab.services import Client, Service

OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 15)
FEWEST_FILES = 256
KERNEL_TIMEOUT = 60.0
"""Seconds."""
MARKS = {"ok": "✓", "warning": "!", "problem": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. With a warning, most of the course still works."""

    name: str
    state: Literal["ok", "warning", "problem"]
    detail: str
    remedy: str | None = None


def examine() -> list[Finding]:
    """Run all checks, which takes a few seconds. Raises nothing: a failure is a finding."""
    findings = [*_python(), *_packages(), *_guarded("Kernel", _kernel), *_guarded("Ports", _ports)]
    findings += [*_guarded("Files", _files), *_guarded("Disk", _disk)]
    return [*findings, *_guarded("Services", _services)]


def report(findings: list[Finding]) -> Table:
    """One row per finding, each with its remedy."""
    rows = [
        [MARKS[f.state], f.name, f.detail + (f" {f.remedy}" if f.remedy else "")] for f in findings
    ]
    problems = sum(f.state == "problem" for f in findings)
    caption = f"{problems} to fix before the course can run" if problems else "The course can run"
    return Table(["", "Check", "Result"], rows, caption)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except CourseError as error:
        yield Finding(name, "problem", f"{error.title}: {error}")
    except Exception as error:
        yield Finding(name, "problem", f"{type(error).__name__}: {error}")


def _python() -> Iterator[Finding]:
    version = sys.version.split()[0]
    if not OLDEST_PYTHON <= sys.version_info < TOO_NEW_PYTHON:
        oldest, newest = OLDEST_PYTHON[1], TOO_NEW_PYTHON[1] - 1
        remedy = f"Install Python 3.{newest}, then run `make setup`."
        detail = (
            f"The packages are built for Python 3.{oldest} to 3.{newest}, and this is {version}."
        )
        yield Finding("Python", "problem", detail, remedy)
    else:
        yield Finding("Python", "ok", f"{version} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    lock = this_project().root / "requirements.lock"
    if not lock.exists():
        yield Finding("Packages", "warning", "There is no requirements.lock to compare with.")
        return
    missing, outdated = differences(lock)
    remedy = "Run `make setup`."
    if missing:
        needed = required() & set(missing)
        state: Literal["problem", "warning"] = "problem" if needed else "warning"
        yield Finding("Packages", state, f"Missing: {', '.join(missing)}.", remedy)
    elif outdated:
        detail = f"Different from requirements.lock: {', '.join(outdated)}."
        yield Finding("Packages", "warning", detail, remedy)
    else:
        yield Finding("Packages", "ok", "as in requirements.lock")


def _kernel() -> Iterator[Finding]:
    from app.lab.authoring.execute import execute
    from app.lab.authoring.notebook import new_notebook
    from app.lab.authoring.source import Cell

    notebook = new_notebook([Cell("code", "import app.lab")], "doctor", "lesson")
    _, failure = execute(notebook, Path.cwd(), timeout=KERNEL_TIMEOUT)
    if failure:
        yield Finding("Kernel", "problem", f"A notebook failed: {failure}", "Run `make setup`.")
    else:
        yield Finding("Kernel", "ok", "a notebook runs")


def _ports() -> Iterator[Finding]:
    yield Finding("Ports", "ok", port_report())


def _files() -> Iterator[Finding]:
    allowed = open_files()
    if allowed is not None and allowed < FEWEST_FILES:
        detail = f"A process may open only {allowed} files and connections at a time."
        yield Finding("Files", "warning", detail, f"Allow more: `ulimit -n {OPEN_FILES}`.")
    else:
        yield Finding("Files", "ok", "enough can be open at a time")


def _disk() -> Iterator[Finding]:
    from app.lab.services.paths import state_home
    from app.lab.services.room import FIRST_START, MB, NEXT_COPY, free_bytes

    home = state_home()
    free = free_bytes(home)
    detail = f"{free / MB:,.0f} MB are free on the disk with {home}"
    if free < NEXT_COPY:
        remedy = f"The course's data needs up to {FIRST_START / MB:,.0f} MB there."
        yield Finding("Disk", "warning", f"Only {detail}.", remedy)
    else:
        yield Finding("Disk", "ok", detail)


def _services() -> Iterator[Finding]:
    from app.lab.services import connect

    with connect("course doctor") as client:
        yield _service("PostgreSQL", client.postgres, "problem")
        yield _service("Redis", client.redis, "warning")
        if client.postgres.url:
            yield from _guarded("Request", lambda: _request(client))


def _service(name: str, service: "Service", without: Literal["warning", "problem"]) -> Finding:
    if service.url and service.name:
        # The row already says PostgreSQL, but a “Redis” may be Valkey.
        return Finding(name, "ok", f"{service.name.removeprefix(f'{name} ')}, {service.origin}")
    return Finding(name, without, service.problem or "It is not available.")


def _request(client: "Client") -> Iterator[Finding]:
    """Send one request through the whole stack."""
    from app.course.shop import Shop
    from app.lab.serving.arm import Arm
    from app.lab.serving.copies import Copies

    with Arm(Shop(), Copies(client)) as arm:
        response = asyncio.run(_response(arm.url))
    if response.status_code == 200:
        yield Finding("Request", "ok", "the shop answers from its own copy of the data")
    else:
        detail = f"The shop answered with status {response.status_code}: {response.text[:200]}"
        yield Finding("Request", "problem", detail)


async def _response(url: str) -> "httpx.Response":
    from app.lab.serving.http import client

    async with client(url, timeout=10) as http:
        return await http.get("/api/orders?limit=1")
