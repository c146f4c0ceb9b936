"""Runs the cells of an exercise with one answer after the other, and reads what the check said."""

import asyncio
import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from app.course.errors import CourseError
from app.course.exercise import OutcomeName
from app.lab.authoring.execute import last_line
from app.lab.authoring.namespace import Namespace

TIMEOUT = 120.0
"""Seconds for the cells of one attempt."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one attempt."""

    outcome: OutcomeName
    message: str
    seconds: float
    """How long it took to try."""


class AttemptRunner:
    """A context manager. All attempts share one event loop and one ``lab``, as in a kernel."""

    def __init__(self) -> None:
        self._lab: Any = None
        self._loop = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._loop:
            if self._lab is not None:
                self._loop.run(self._lab.close())

    def run(self, cells: Sequence[str]) -> Tried:
        """Raises ``CourseError`` if the course itself cannot go on."""
        started = perf_counter()
        outcome, message = self._loop.run(self._outcome(cells))
        return Tried(outcome, message, round(perf_counter() - started, 1))

    async def _outcome(self, cells: Sequence[str]) -> tuple[OutcomeName, str]:
        before = getattr(self._lab, "last_outcome", None)
        namespace = Namespace()
        try:
            with namespace.as_main(), redirect_stdout(io.StringIO()):
                async with asyncio.timeout(TIMEOUT) as timeout:
                    for source in cells:
                        await namespace.run(source)
        except Exception as error:
            if timeout.expired():
                return "error", f"It ran for more than {TIMEOUT:g} s."
            return _told_by(error)
        finally:
            self._lab = namespace.values.get("lab", self._lab)
            namespace.forget()
        told = getattr(self._lab, "last_outcome", None)
        if told is None or told is before:
            return "not attempted", "No check was reached."
        return told["outcome"], told["message"]


def _told_by(error: Exception) -> tuple[OutcomeName, str]:
    data = getattr(error, "outcome_data", None)
    if data is not None:
        return data["outcome"], data["message"]
    if isinstance(error, CourseError):
        raise error
    return "error", last_line(type(error).__name__, str(error))
