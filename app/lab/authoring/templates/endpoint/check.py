"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from app.course.evidence import Change, Probe
from app.course.kinds import EndpointExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
    served_by_learner,
    statements_at_most,
)

EXERCISE = EndpointExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal="GET /api/categories gives the same answer with a single SQL statement.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/categories"),),
    # TODO: changes to the data, each of which some probe must show, so that no answer is kept.
    changes=(Change("UPDATE categories SET name = name || '!' WHERE id = 1"),),
    # TODO: steps of your own where these are not enough: functions of the Evidence (see
    # app/course/evidence.py) that return a Refusal or None, as in frameworks/check.py.
    steps=(
        answers,
        served_by_learner,
        same_answer,
        same_answer_concurrently,
        same_answer_after_changes,
        statements_at_most(1),
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "How many bars has the waterfall of `await lab.get('/api/categories')`?",
        "One query can return more than one row.",
        "Select the categories themselves, not their ids.",
        "`(await session.scalars(select(Category).order_by(Category.id))).all()`",
    ),
)
