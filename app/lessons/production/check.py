"""The exercise: a configuration for two cores, 400 MB and 40 connections."""

from app.course.deployments import DeploymentObservation
from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds import DeploymentExercise
from app.course.kinds.deployment import OBSERVATION

CORES = 2
MEMORY = 400_000_000
MAX_CONNECTIONS = 40
SHORTEST, LONGEST = 2, 5
"""Seconds that a worker may take to stop."""


def _seen(evidence: Evidence) -> DeploymentObservation | None:
    return evidence.extra.get(OBSERVATION)


def uses_the_cores(evidence: Evidence) -> Refusal | None:
    """There is a worker for each core."""
    seen = _seen(evidence)
    if seen is None or seen.plan.workers >= CORES:
        return None
    return Refusal(
        f"{seen.plan.workers} worker can use one core, and {CORES} are there. It is also alone: "
        "while it is blocked or replaced, nobody answers.",
        hint=1,
    )


def fits_the_connections(evidence: Evidence) -> Refusal | None:
    """All pools together fit into the budget, also while workers are replaced."""
    seen = _seen(evidence)
    if seen is None:
        return None
    plan = seen.plan
    for workers, when in ((plan.workers, ""), (plan.overlap, _while_replaced(plan.manager))):
        if (wanted := workers * plan.pool_size) > MAX_CONNECTIONS:
            return Refusal(
                f"{workers} workers with pools of {plan.pool_size} may open {wanted} "
                f"connections{when}; PostgreSQL grants {MAX_CONNECTIONS}.",
                hint=2,
            )
    return None


def _while_replaced(manager: str) -> str:
    return f" while {manager} replaces them, when old and new ones run side by side"


def stops_in_time(evidence: Evidence) -> Refusal | None:
    """A worker that has to stop neither waits for ever nor cuts its requests off."""
    seen = _seen(evidence)
    if seen is None:
        return None
    grace, expected = seen.plan.grace, f"expected {SHORTEST} to {LONGEST} seconds"
    if grace is None:
        return Refusal(
            f"{seen.plan.manager} sets an old worker no limit: one client that stops reading would "
            f"keep it, and your deployment, waiting; {expected}.",
            hint=3,
        )
    if not SHORTEST <= grace <= LONGEST:
        return Refusal(
            f"An old worker has {grace:g} seconds to finish its requests; {expected}: enough for "
            "a write that is in progress, and no more for a client that stops reading.",
            hint=3,
        )
    return None


def starts(evidence: Evidence) -> Refusal | None:
    seen = _seen(evidence)
    if seen is None or seen.failure is None:
        return None
    return Refusal(f"The shop does not start. {seen.failure}", hint=1)


def fits_the_memory(evidence: Evidence) -> Refusal | None:
    """What the workers have for themselves fits, also while they are replaced."""
    seen = _seen(evidence)
    if seen is None or seen.own_memory is None:
        return None
    wanted = seen.plan.overlap * seen.own_memory
    if wanted <= MEMORY:
        return None
    return Refusal(
        f"Each worker has {_mb(seen.own_memory)} for itself, and {seen.plan.overlap} of them may "
        f"run while they are replaced: {_mb(wanted)}; expected at most {_mb(MEMORY)}.",
        hint=1,
    )


def answers_beside_idle_clients(evidence: Evidence) -> Refusal | None:
    """Clients that are connected and ask for nothing take nobody's place."""
    seen = _seen(evidence)
    if seen is None or seen.beside_idle is None or _all_answered(seen.beside_idle):
        return None
    return Refusal(
        f"While {EXERCISE.idle_clients} clients were connected and asked for nothing, others sent "
        f"requests: {_counts(seen.beside_idle)}; expected 200 for all.",
        hint=2,
    )


def finishes_writes(evidence: Evidence) -> Refusal | None:
    """A write in progress is answered by the worker that has to stop."""
    seen = _seen(evidence)
    if seen is None or seen.writes is None or _all_answered(seen.writes):
        return None
    return Refusal(
        f"A write was in progress in every worker when it was replaced: {_counts(seen.writes)}; "
        "expected 200 for all. Nobody may send a write again without knowing what became of it.",
        hint=3,
    )


def loses_nothing(evidence: Evidence) -> Refusal | None:
    seen = _seen(evidence)
    if seen is None or seen.restart is None:
        return None
    restart = seen.restart
    if restart.lost:
        return Refusal(
            f"While the workers were replaced, {restart.lost:,} of "
            f"{restart.answered + restart.lost:,} requests were lost: {_counts(restart.reasons)}; "
            "expected none.",
            hint=3,
        )
    if not restart.completed:
        return Refusal(
            f"The old workers {', '.join(map(str, restart.old))} were not all replaced by new "
            "ones; expected that a deployment comes to an end.",
            hint=3,
        )
    return None


def runs_the_new_code(evidence: Evidence) -> Refusal | None:
    """The new workers have loaded the application, not inherited what the manager has loaded."""
    seen = _seen(evidence)
    if seen is None or seen.restart is None:
        return None
    new, loaded = len(seen.restart.new), len(seen.restart.loaded)
    if new == loaded:
        return None
    return Refusal(
        f"All workers were replaced, but {loaded} of the {new} new ones loaded the application: "
        "the others go on with the code that the manager loaded when it was started, so nothing "
        "was released.",
        hint=3,
    )


def _all_answered(statuses: dict[int | str, int]) -> bool:
    return set(statuses) == {200}


def _counts(statuses: dict[int | str, int] | dict[str, int]) -> str:
    return ", ".join(
        f"{count:,} {'answered with ' if isinstance(kind, int) else ''}{kind}"
        for kind, count in statuses.items()
    )


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


EXERCISE = DeploymentExercise(
    goal=f"Two cores, {_mb(MEMORY)} and {MAX_CONNECTIONS} connections: the shop starts, answers "
    "beside idle clients, and replaces all its workers without losing a request, whoever stalls.",
    max_connections=MAX_CONNECTIONS,
    steps=(
        uses_the_cores,
        fits_the_connections,
        stops_in_time,
        starts,
        fits_the_memory,
        answers_beside_idle_clients,
        finishes_writes,
        loses_nothing,
        runs_the_new_code,
    ),
    hints=(
        "A worker is a whole copy of the application, with memory and a pool of its own. What does "
        "it need to be worth that? Look at `shop.memory` and at the number of cores.",
        "Count while workers are being replaced: uvicorn starts a new one before it stops an old "
        "one, and Gunicorn starts all new ones first. And count what a limit counts: is it "
        "requests, or connections?",
        "A worker that has to stop waits for its clients. Which option says how long? "
        "`uvicorn --help` and `gunicorn --help` list them; leave out the options that you cannot "
        "say what they are good for.",
        '`{"manager": "uvicorn", "workers": …, "settings": {"pool_size": …}, "options": '
        '{"timeout_graceful_shutdown": …}}`: as many workers as cores, pools for one worker more, '
        "and a few seconds.",
    ),
)
