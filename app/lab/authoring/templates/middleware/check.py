"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import MiddlewareExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)

HEADER = "x-served-by"


def is_marked(evidence: Evidence) -> Refusal | None:
    """Every response carries the header."""
    for seen in evidence.observations:
        if HEADER not in seen.headers:
            return Refusal(f"The response to {seen.probe} has no header {HEADER}.")
        if seen.headers[HEADER] != "shop":
            return Refusal(f"{HEADER} is {seen.headers[HEADER]!r}; expected 'shop'.")
    return None


EXERCISE = MiddlewareExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal=f"Every response carries the header {HEADER}: shop.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/products/1"), Probe("/api/products/9999999")),
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
        is_marked,
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "What does the application send first?",
        "A middleware can put a function of its own in the place of `send`.",
        'The headers are in the message of type "http.response.start", as pairs of bytes.',
        '`message["headers"] = [*message["headers"], (b"x-served-by", b"shop")]`',
    ),
)
