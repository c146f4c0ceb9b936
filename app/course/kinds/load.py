"""The answer is a function that returns the requests of a load."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from app.course.exercise import Exercise, Refusal
from app.course.kinds.received import name_of, refused


@dataclass(frozen=True, kw_only=True)
class LoadExercise(Exercise):
    """``answer``: a function from ``Random`` to the requests of a load.

    The load runs against the shop with each of ``versions`` overlaid in turn. What was observed is
    in ``Evidence.extra`` under the version's name, as a ``LoadObservation``.
    """

    versions: Mapping[str, APIRouter] = field(default_factory=dict)

    def wrong_type(self, answer: Any) -> Refusal | None:
        if not callable(answer):
            return refused(answer, "your function that returns the load")
        if inspect.iscoroutinefunction(answer):
            return Refusal(
                f"`{name_of(answer)}` is `async def`; expected a plain function (`def`)."
            )
        return None
