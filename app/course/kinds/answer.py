"""The answer is a plain value."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from app.course.evidence import Probe
from app.course.exercise import Exercise, Refusal
from app.course.kinds.received import refused


@dataclass(frozen=True, kw_only=True)
class AnswerExercise(Exercise):
    """``answer``: any value; the steps judge it.

    The probes are sent to the shop as the lesson finds it, so that the steps can compare the value
    with the counts.
    """

    probes: tuple[Probe, ...] = ()

    def wrong_type(self, answer: Any) -> Refusal | None:
        if isinstance(answer, Coroutine) or callable(answer):
            return refused(answer, "a plain value")
        return None
