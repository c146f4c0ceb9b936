"""The exercise: a pool within a budget, and reads that cost one round trip."""

from app.course.evidence import Burst, Change, Evidence, Probe
from app.course.exercise import Refusal
from app.course.kinds import ResourceExercise
from app.course.steps import (
    answers,
    answers_bursts,
    same_answer,
    same_answer_after_changes,
    same_answer_concurrently,
)
from app.lessons.pooling.trial import HELD, trial

BUDGET = 10
BURST = Burst("/api/products/search?q=s", requests=120, connections=40)


def keeps_connections(evidence: Evidence) -> Refusal | None:
    """A warm request opens no connection."""
    opened = max(seen.work.connections for seen in evidence.observations)
    if not opened:
        return None
    pool = evidence.extra["read_pool"]
    reason = (
        f"Your engine uses a {pool}, which keeps none."
        if pool == "NullPool"
        else f"Your {pool} keeps connections: do you create an engine per session?"
    )
    return Refusal(
        "The second of two identical reads opened another connection to PostgreSQL; expected it to "
        f"reuse the first. {reason}",
        hint=2,
    )


def one_round_trip(evidence: Evidence) -> Refusal | None:
    """A warm read sends its statement and nothing else."""
    trips = min(seen.work.round_trips for seen in evidence.observations)
    if trips == 1:
        return None
    seen = f"A read over an open connection took {trips} round trips; expected 1."
    if evidence.extra["read_pings"]:
        return Refusal(
            f"{seen} Your pool pings PostgreSQL before each read.",
            hint=3,
        )
    return Refusal(f"{seen} BEGIN is sent before the SELECT and ROLLBACK after it.", hint=2)


def within_budget(evidence: Evidence) -> Refusal | None:
    """Many sessions at once stay within the budget of connections."""
    held = evidence.extra["held"]
    if held <= BUDGET:
        return None
    return Refusal(
        f"With {HELD} reading and {HELD} writing sessions open at once, {held} connections to "
        f"PostgreSQL were open; the budget is {BUDGET}. Every connection of every pool counts.",
        hint=3,
    )


def writes_are_transactions(evidence: Evidence) -> Refusal | None:
    """A write that succeeds is committed; one that fails is rolled back."""
    if not evidence.extra["committed"]:
        return Refusal(
            "A category written in `writing()` was gone afterwards; expected a commit.",
            hint=4,
        )
    if evidence.extra["left_behind"]:
        return Refusal(
            "A category was written in `writing()`, then an exception was raised, and the category "
            "is still there; expected a rollback. Only reads can do without a transaction.",
            hint=4,
        )
    return None


EXERCISE = ResourceExercise(
    goal=f"The shop opens at most {BUDGET} connections, a read over an open connection takes one "
    f"round trip, {BURST.requests} requests from {BURST.connections} clients are all answered, and "
    "a failed write is rolled back.",
    probes=(Probe("/api/products/1"), Probe("/api/products/2000"), Probe("/api/products/9999999")),
    changes=(
        Probe(
            "/api/products/1",
            method="PATCH",
            json={"price": "12.34"},
            account=1,
            scopes=("catalog:write",),
        ),
        Change("UPDATE products SET price = price + 1 WHERE id IN (1, 2000)"),
    ),
    bursts=(BURST,),
    trial=trial,
    steps=(
        answers,
        same_answer,
        keeps_connections,
        one_round_trip,
        answers_bursts(hint=3),
        within_budget,
        writes_are_transactions,
        same_answer_concurrently,
        same_answer_after_changes,
    ),
    hints=(
        "Look at the waterfall of `await lab.get('/api/products/1')`. Only one of its bars is the "
        "query. What are the others, and which part of `open_database` causes each of them?",
        "Two things have to change. Without `poolclass`, an engine pools its connections. And "
        "reads must run in AUTOCOMMIT, so `read_engine` cannot be the engine for writes.",
        "The budget is `pool_size` plus `max_overflow`, and the default overflow is 10. Requests "
        "that find no free connection wait for `pool_timeout` seconds, by default 30. "
        "`pool_pre_ping` costs round trips on every read.",
        "`create_async_engine(settings.database_url, pool_size=10, max_overflow=0)` for writing, "
        'and `engine.execution_options(isolation_level="AUTOCOMMIT")` as the `read_engine`: the '
        "same pool, used in another way. `Database(engine)` does the second by default.",
    ),
)
