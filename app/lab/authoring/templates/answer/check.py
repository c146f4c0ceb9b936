"""The exercise. TODO: its goal, what it is compared with, and a message for each mistake."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import AnswerExercise

NAMES = ("status", "statements")


def is_complete(evidence: Evidence) -> Refusal | None:
    """A dict with a number for each name."""
    given = evidence.answer
    if not isinstance(given, dict):
        return Refusal(f"`answers` is a {type(given).__name__}; expected a dict.")
    if missing := [name for name in NAMES if given.get(name) is None]:
        return Refusal(f"Still to fill in: {', '.join(missing)}.")
    return None


def is_right(evidence: Evidence) -> Refusal | None:
    """The numbers are those of the same request, made by the check."""
    (seen,) = evidence.observations
    right = {"status": seen.status, "statements": seen.work.statements}
    for name in NAMES:
        given = evidence.answer[name]
        if not isinstance(given, int | float):
            return Refusal(f"{name}: {given!r} is not a number.")
        if given != right[name]:
            # TODO: for each mistake a message that leads to the right answer without giving it.
            return Refusal(f"{name}: {given} is not what was measured.", hint=2)
    return None


EXERCISE = AnswerExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal="Say with which status GET /api/users/2 is answered, and in how many SQL statements.",
    # TODO: what the check asks the shop, as the lesson finds it, to compare the answer with.
    probes=(Probe("/api/users/2"),),
    steps=(is_complete, is_right),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "The cell above the one to edit shows both numbers.",
        "The status is in the first line, the statements are in the first table.",
        "Both are also attributes: of `seen`, and of `seen.work`.",
        "`seen.status` and `seen.work.statements`.",
    ),
)
