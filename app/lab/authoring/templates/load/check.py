"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from fastapi import APIRouter

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds import LoadExercise
from app.course.loads import LoadObservation

FEWEST = 50
"""Different products."""
PATH = "/api/products/"


def _seen(evidence: Evidence) -> LoadObservation:
    found: LoadObservation = evidence.extra["shop"]
    return found


def requests_products(evidence: Evidence) -> Refusal | None:
    """Nothing else is requested."""
    others = [path for path in _seen(evidence).requested if not path.startswith(PATH)]
    return Refusal(f"{others[0]} is no product; expected {PATH}ID.") if others else None


def requests_what_exists(evidence: Evidence) -> Refusal | None:
    """Every request is answered with status 200."""
    missing = _seen(evidence).requests - _seen(evidence).statuses.get(200, 0)
    return Refusal(f"{missing:,} requests were not answered with status 200.") if missing else None


def counts_answers(evidence: Evidence) -> Refusal | None:
    """What is answered with status 200 counts as an answer."""
    failed = _seen(evidence).requests - _seen(evidence).counted
    return Refusal(f"{failed:,} answers count as failures.", hint=3) if failed else None


def requests_many(evidence: Evidence) -> Refusal | None:
    """The load does not consist of a few products."""
    number = len(_seen(evidence).requested)
    if number >= FEWEST:
        return None
    return Refusal(f"Different products: {number}; expected at least {FEWEST}.", hint=2)


EXERCISE = LoadExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal=f"The load requests at least {FEWEST} different products, all of which exist.",
    # TODO: what the load is put to, overlaid onto the shop; what it does is seen under its name.
    versions={"shop": APIRouter()},
    # TODO: steps of your own.
    steps=(requests_products, requests_what_exists, counts_answers, requests_many),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "How many different products does the load request?",
        "Each request can be for another product.",
        "`random.randint(first, last)` draws a number; the products have the ids 1 to 3,808.",
        '`Request(f"/api/products/{random.randint(1, 3_800)}")`',
    ),
)
