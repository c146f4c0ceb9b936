"""The answer is SQL that changes the schema of the learner's own copy of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.shop import Shop


@dataclass(frozen=True, kw_only=True)
class SchemaExercise(ServedExercise):
    """``answer``: a statement, or a list of them, such as ``CREATE INDEX …``."""

    def wrong_type(self, answer: Any) -> Refusal | None:
        statements = [answer] if isinstance(answer, str) else answer
        if isinstance(statements, Sequence) and all(isinstance(one, str) for one in statements):
            return None
        return refused(answer, "a list of SQL statements")

    def apply(self, answer: str | Sequence[str], shop: Shop) -> Shop:
        return shop.with_schema([answer] if isinstance(answer, str) else answer)
