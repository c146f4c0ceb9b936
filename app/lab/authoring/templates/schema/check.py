"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import SchemaExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.shop.database import open_database
from app.shop.settings import Settings

QUERY = "SELECT id FROM products WHERE price > 500"


@dataclass(frozen=True, kw_only=True)
class PlanExercise(SchemaExercise):
    """It also looks at the plan of a query on the changed schema."""

    async def try_directly(
        self,
        answer: str | Sequence[str],  # noqa: ARG002
        settings: Settings,
    ) -> dict[str, Any]:
        database = open_database(settings)
        try:
            async with database.reading() as session:
                lines = await session.scalars(text(f"EXPLAIN (COSTS OFF) {QUERY}"))
                return {"plan": " / ".join(line.strip() for line in lines)}
        finally:
            await database.close()


def uses_an_index(evidence: Evidence) -> Refusal | None:
    """The plan begins at an index."""
    plan = evidence.extra["plan"]
    if "Seq Scan" not in plan:
        return None
    return Refusal(f"PostgreSQL still reads all products. Its plan: {plan}.", hint=2)


EXERCISE = PlanExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal="PostgreSQL finds the expensive products without reading all of them.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/categories"), Probe("/api/products/1")),
    # TODO: changes to the data, each of which some probe must show. The shop invalidates what its
    # own writes make out of date.
    changes=(
        Probe(
            "/api/products/1",
            method="PATCH",
            json={"price": "12.34"},
            account=1,
            scopes=("catalog:write",),
        ),
    ),
    # TODO: steps of your own.
    steps=(
        answers,
        same_answer,
        same_answer_concurrently,
        same_answer_after_changes,
        uses_an_index,
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "What does `EXPLAIN` say about the query?",
        "An index finds rows by the value of a column.",
        "Which column stands in the condition?",
        "`CREATE INDEX ON products (price)`",
    ),
)
