"""The answer is how the shop is started."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ProcessExercise(ServedExercise):
    """``answer``: a dict of settings by name, which may include ``workers``."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        if isinstance(answer, Mapping) and all(isinstance(name, str) for name in answer):
            return None
        return refused(answer, "a dict of settings by name")

    def apply(self, answer: Mapping[str, Any], shop: Shop) -> Shop:
        settings = dict(answer)
        return shop.with_workers(settings.pop("workers", shop.workers)).with_settings(settings)
