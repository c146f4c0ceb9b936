"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import CacheExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)


def keeps_answers(evidence: Evidence) -> Refusal | None:
    """The second of two identical requests needs no statement."""
    statements = max(seen.work.statements for seen in evidence.observations)
    if not statements:
        return None
    return Refusal(
        f"The second of two identical requests took {statements} SQL statement; expected 0.", hint=2
    )


EXERCISE = CacheExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal="A product is read from PostgreSQL once, and again after it has changed.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/products/1"), Probe("/api/products/2")),
    # TODO: writes through the shop, each of which some probe must show. The shop invalidates what
    # they make out of date.
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
        keeps_answers,
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "How many statements does the second of two identical requests take?",
        "A response that was computed once can be kept, until the data it was made from changes.",
        "`lab.source(MemoryCache)` shows a cache that keeps responses and drops them by tag.",
        "`MemoryCache(settings.cache_seconds)`",
    ),
)
