"""The exercise: read three counters off one request."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Refusal, Step
from app.course.kinds import AnswerExercise

_EXPLAINED = {
    "statements": "one for the orders, then one for the lines of each order",
    "connections": "the shop has no pool yet; look at the first bar of the waterfall",
    "round_trips": "each wait for PostgreSQL is one, including BEGIN and ROLLBACK; opening the "
    "connection is counted separately",
}


def is_a_dict(evidence: Evidence) -> Refusal | None:
    if isinstance(evidence.answer, dict):
        return None
    kind = type(evidence.answer).__name__
    return Refusal(f"`answers` is a {kind}; expected a dict with the three counts.")


def is_complete(evidence: Evidence) -> Refusal | None:
    missing = [name for name in _EXPLAINED if evidence.answer.get(name) is None]
    return Refusal(f"Still to fill in: {', '.join(missing)}.") if missing else None


def is_numbers(evidence: Evidence) -> Refusal | None:
    for name in _EXPLAINED:
        value = evidence.answer[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Refusal(f"`{name}` is {value!r}; expected a number.")
    return None


def counts(name: str) -> Step:
    """The learner's number equals the lab's count for the same request."""

    def step(evidence: Evidence) -> Refusal | None:
        (seen,) = evidence.observations
        said = evidence.answer[name]
        if said == getattr(seen.work, name):
            return None
        title = name.replace("_", " ")
        return Refusal(f"{title}: you wrote {said:g}. Count again: {_EXPLAINED[name]}.", hint=2)

    return step


EXERCISE = AnswerExercise(
    goal="Count the SQL statements, connections and round trips of GET /api/orders?limit=5.",
    probes=(Probe("/api/orders?limit=5"),),
    steps=(is_a_dict, is_complete, is_numbers, *(counts(name) for name in _EXPLAINED)),
    hints=(
        "`await lab.get('/api/orders?limit=5')` shows all three numbers.",
        "The first table below the status line has a column for each.",
        "They are also in `seen.work`, if you keep the result of `lab.get` as `seen`.",
        "`seen = await lab.get('/api/orders?limit=5')`, then `seen.work.statements`, "
        "`seen.work.connections` and `seen.work.round_trips`.",
    ),
)
