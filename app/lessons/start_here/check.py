"""The exercise: read three counters off one request."""

from app.course.evidence import Evidence, Probe
from app.course.exercise import Exercise, Refusal, Step

_EXPLAINED = {
    "statements": "one for the orders, and then one for the lines of each order",
    "connections": "the shop has no pool yet, so look at what the first bar of the waterfall is",
    "round_trips": "every bar that waits for PostgreSQL is one, also those that are not "
    "statements, but opening a connection is counted apart",
}


def is_a_dict(evidence: Evidence) -> Refusal | None:
    if isinstance(evidence.answer, dict):
        return None
    kind = type(evidence.answer).__name__
    return Refusal(f"`answers` is a {kind}; a dict with three counts was expected.")


def is_complete(evidence: Evidence) -> Refusal | None:
    missing = [name for name in _EXPLAINED if evidence.answer.get(name) is None]
    return Refusal(f"Still to be filled in: {', '.join(missing)}.") if missing else None


def is_numbers(evidence: Evidence) -> Refusal | None:
    for name in _EXPLAINED:
        value = evidence.answer[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Refusal(f"`{name}` is {value!r}; a number was expected.")
    return None


def counts(name: str) -> Step:
    """The learner's number is what the lab counts on the same request."""

    def step(evidence: Evidence) -> Refusal | None:
        (seen,) = evidence.observations
        said = evidence.answer[name]
        if said == getattr(seen.work, name):
            return None
        title = name.replace("_", " ")
        return Refusal(f"{title}: you wrote {said:g}. Count again: {_EXPLAINED[name]}.", hint=2)

    return step


EXERCISE = Exercise(
    seam="answer",
    goal="Say how many SQL statements, connections and round trips GET /api/orders?limit=5 takes.",
    difficulty="easy",
    probes=(Probe("/api/orders?limit=5"),),
    steps=(is_a_dict, is_complete, is_numbers, *(counts(name) for name in _EXPLAINED)),
    hints=(
        "`await lab.get('/api/orders?limit=5')` shows all three numbers.",
        "The first table below the status line has a column for each of them.",
        "They are also in `seen.work`, when you keep what `lab.get` returns as `seen`.",
        "`seen = await lab.get('/api/orders?limit=5')`, and then `seen.work.statements`, "
        "`seen.work.connections` and `seen.work.round_trips`.",
    ),
)
