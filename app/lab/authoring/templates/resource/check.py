"""The exercise. TODO: its goal, what it is tried on, and what is required of it."""

from app.course.evidence import Change, Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import ResourceExercise
from app.course.steps import (
    answers,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)


def keeps_connections(evidence: Evidence) -> Refusal | None:
    """The second of two identical requests opens no connection."""
    opened = max(seen.work.connections for seen in evidence.observations)
    if not opened:
        return None
    return Refusal(f"The second of two identical requests opened {opened} connection; expected 0.")


def sends_only_statements(evidence: Evidence) -> Refusal | None:
    """A read is not wrapped in a transaction."""
    more = max(seen.work.round_trips - seen.work.statements for seen in evidence.observations)
    if not more:
        return None
    return Refusal(f"A read took {more} round trips more than statements; expected none.", hint=3)


EXERCISE = ResourceExercise(
    # TODO: the goal in a sentence; it is shown for the untouched exercise.
    goal="A read finds its connection open, and sends nothing but its statements.",
    # TODO: requests that the notebook does not show, so that nobody can answer from memory.
    probes=(Probe("/api/users/2"), Probe("/api/users/9999999")),
    # TODO: changes to the data, each of which some probe must show, so that no answer is kept.
    changes=(Change("UPDATE accounts SET full_name = full_name || '!' WHERE id = 2"),),
    # TODO: steps of your own.
    steps=(
        answers,
        same_answer,
        same_answer_concurrently,
        same_answer_after_changes,
        keeps_connections,
        sends_only_statements,
    ),
    # TODO: where to look, the idea, the shape, the outline of the solution.
    hints=(
        "What is the first bar in the waterfall of `await lab.get('/api/users/2')`?",
        "A pool keeps connections open for the next request.",
        "Without `poolclass`, an engine has a pool.",
        "`create_async_engine(settings.database_url, pool_size=3, max_overflow=0)`",
    ),
)
