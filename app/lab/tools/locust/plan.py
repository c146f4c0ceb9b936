"""One run of Locust: against what, with how many users, and for how long."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.course.errors import CourseError
from app.lab.tools.locust.driver_options import DRIVER

STOP_SECONDS = 10
"""That a user may take to finish its task at the end, so that both sides count it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Raises ``CourseError`` for numbers that are not possible."""

    host: str
    """The URL of the server, without a path."""
    users: int
    """All of them start at once."""
    seconds: float
    """From when the last user is done with its ``on_start``, at the most."""
    requests: int | None = None
    """The run ends after so many, if that is earlier."""
    pauses: bool = True
    """Whether users wait between their tasks, as the locustfile says."""
    processes: int = 1
    """Locust's own. With several, each sends for a part of the users."""
    report: Path | None = None
    """Where Locust saves its own report, as HTML."""

    def __post_init__(self) -> None:
        for name in ("users", "seconds", "processes"):
            if not getattr(self, name) > 0:
                raise CourseError(f"{name} must be above 0; not {getattr(self, name)!r}.")
        if self.processes > 1 and os.name == "nt":
            raise CourseError("Locust cannot start several processes on Windows.")

    def arguments(self, locustfile: Path, port: int) -> list[str]:
        """Locust's command line. Its processes find each other at ``port``."""
        given = [
            "--headless",
            *("--locustfile", f"{locustfile},{DRIVER}"),
            *("--host", self.host),
            *("--users", str(self.users)),
            *("--spawn-rate", str(self.users)),
            *("--stop-timeout", str(STOP_SECONDS)),
            *("--loglevel", "WARNING"),
            "--only-summary",
        ]
        if self.processes > 1:
            given += ["--processes", str(self.processes), "--master-bind-host", "127.0.0.1"]
            given += ["--master-bind-port", str(port), "--master-port", str(port)]
        if self.report:
            given += ["--html", str(self.report.absolute())]
        return given
