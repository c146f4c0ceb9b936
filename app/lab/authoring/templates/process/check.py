"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import ProcessExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.shop.settings import Settings

MOST = 100


def is_bounded(evidence: Evidence) -> Refusal | None:
    """The shop still turns requests away before there are too many."""
    allowed = evidence.answer.get("max_requests", Settings.given().max_requests)
    if allowed <= MOST:
        return None
    return Refusal(f"{allowed} requests at a time are allowed; expected at most {MOST}.", hint=2)


EXERCISE = ProcessExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal=f"Several customers at once are answered, but at most {MOST}.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/users/2"), Probe("/api/products/1")),
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
        is_bounded,
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "With which status is a burst of requests answered?",
        "One setting says how many requests a worker answers at a time.",
        "`lab.source(Settings)`, from `app.shop.settings`, lists all settings.",
        '`settings = {"max_requests": 40}`',
    ),
)
