"""The answer is a locustfile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from app.course.exercise import Exercise, Refusal
from app.course.kinds.received import refused


@dataclass(frozen=True, slots=True)
class LocustTrial:
    """One run of the answer."""

    around: Callable[[ASGIApp], ASGIApp]
    """Puts something around the shop that it runs against."""
    requests: int
    """After which it ends. A number and not a time, so that a busy machine sees as many."""
    users: int = 1


@dataclass(frozen=True, kw_only=True)
class LocustExercise(Exercise):
    """``answer``: the text of a locustfile, or its path.

    Locust runs it in a process of its own in each of the ``trials``, in their order and without
    pauses. What came of it is in ``Evidence.extra`` under the trial's name, as a
    ``LocustObservation``. After each trial the steps are run, and the first refusal ends them.
    """

    trials: Mapping[str, LocustTrial] = field(default_factory=dict)
    cached: frozenset[str] = frozenset()
    """Paths of requests that the shop answers once, and then the same again for some minutes: a
    login, which hashes a password, would take longer than everything else together."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        if isinstance(answer, str | Path):
            return None
        return refused(answer, "the text of your locustfile, or its path")
