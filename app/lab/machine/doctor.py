"""Checks whether this machine has everything that the course needs."""

import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.course.errors import CourseError
from app.lab.authoring.project import this_project
from app.lab.display.table import Table
from app.lab.machine.packages import differences, required

if TYPE_CHECKING:
    from app.lab.services import Client, Service

MIN_PYTHON = (3, 11)
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
    if sys.version_info < MIN_PYTHON:
        remedy = "Install Python 3.11 or later, then run `make setup`."
        yield Finding("Python", "problem", f"{version} is too old.", remedy)
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
    with socket.socket() as wanted:
        wanted.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            wanted.bind(("127.0.0.1", 8888))
            detail = "127.0.0.1 has free ports"
        except OSError:
            detail = "127.0.0.1 has free ports; 8888 is taken, so JupyterLab will use the next one"
    yield Finding("Ports", "ok", detail)


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
    import httpx

    from app.course.shop import Shop
    from app.lab.serving.arm import Arm
    from app.lab.serving.copies import Copies

    with Arm(Shop(), Copies(client)) as arm:
        response = httpx.get(f"{arm.url}/api/orders?limit=1", timeout=10)
    if response.status_code == 200:
        yield Finding("Request", "ok", "the shop answers from its own copy of the data")
    else:
        detail = f"The shop answered with status {response.status_code}: {response.text[:200]}"
        yield Finding("Request", "problem", detail)
