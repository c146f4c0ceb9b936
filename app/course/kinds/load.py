"""The answer is a function that returns the requests of a load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from app.course.exercise import Exercise, Refusal


@dataclass(frozen=True, kw_only=True)
class LoadExercise(Exercise):
    """``answer``: a function from ``Random`` to the requests of a load.

    The load runs against the shop with each of ``versions`` overlaid in turn. What was observed is
    in ``Evidence.extra`` under the version's name, as a ``LoadObservation``.
    """

    versions: Mapping[str, APIRouter] = field(default_factory=dict)

    def wrong_type(self, answer: Any) -> Refusal | None:
        if callable(answer):
            return None
        kind = type(answer).__name__
        return Refusal(
            f"The check received a {kind}; expected your function that returns the load."
        )
