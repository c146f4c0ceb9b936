"""Runs a locustfile to its end and reads what Locust wrote."""

import asyncio
import json
import tempfile
from pathlib import Path

from app.course.errors import CourseError
from app.course.locust import Results
from app.lab.services.sockets import free_port
from app.lab.tools.locust.driver_options import DriverOptions
from app.lab.tools.locust.plan import STOP_SECONDS, Plan
from app.lab.tools.locust.processes import LocustError, locusts

MARGIN = 60.0
"""Seconds beyond the run and its end before Locust counts as hung; a busy machine is slow."""

_NO_USERS = "load_locustfile_pytest"
"""In the log, once Locust has looked for tests instead of users."""


def text_of(locustfile: str | Path) -> str:
    """The locustfile's text, given as such or as a path.

    Raises ``CourseError`` where there is no such file, or it is no Python.
    """
    if isinstance(locustfile, Path) or "\n" not in locustfile:
        try:
            text = Path(locustfile).read_text(encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CourseError(f"{locustfile} cannot be read: {reason}.") from None
    else:
        text = locustfile
    try:
        compile(text, "locustfile.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CourseError(f"The locustfile, line {error.lineno}: {error.msg}.") from None
    return text


async def run_locust(locustfile: str | Path, plan: Plan) -> Results:
    """What Locust says of the run.

    Raises ``CourseError`` for a locustfile that cannot be read, and ``LocustError`` where Locust
    does not start or does not end.
    """
    text = text_of(locustfile)
    running = await asyncio.to_thread(locusts)
    with tempfile.TemporaryDirectory() as folder:
        # A copy: Locust would take a comma in a path for the end of it.
        copy, log, results = (
            Path(folder, name) for name in ("locustfile.py", "log.txt", "results.json")
        )
        copy.write_text(text, encoding="utf-8")
        log.touch()
        run = running.start(
            plan.arguments(copy, free_port()),
            folder=folder_of(locustfile),
            log=log,
            environment={
                **DriverOptions(str(results), plan.seconds, plan.requests, plan.pauses).variables(),
                "HOME": folder,  # a learner's own .locust.conf is not for this run
            },
        )
        code = await run.exit_code(plan.seconds + STOP_SECONDS + MARGIN)
        if not results.exists():
            raise LocustError(_reason(log.read_text(encoding="utf-8", errors="replace"), code))
        return Results.from_json(json.loads(results.read_text(encoding="utf-8")))


def folder_of(locustfile: str | Path) -> Path:
    """Where modules may be that it imports: beside it, or where this process is."""
    if isinstance(locustfile, str) and "\n" in locustfile:
        return Path.cwd()
    return Path(locustfile).absolute().parent


def _reason(log: str, code: int) -> str:
    if _NO_USERS in log:
        return "The locustfile has no class of users, such as one that inherits from FastHttpUser."
    if "Traceback" not in log:
        return f"Locust ended early, with exit code {code} and without its statistics."
    return f"Locust ended before its users started: {log.strip().splitlines()[-1].rstrip('.')}."
