"""What the exercise makes of an observed deployment, and that the shop's own files would pass."""

from dataclasses import replace
from typing import Any

import pytest

from app.course.deployments import DeploymentObservation, Plan, Restart
from app.course.evidence import Evidence
from app.course.kinds.deployment import OBSERVATION
from app.lab.tools.deployment.managers import MANAGERS
from app.lessons.production import check

PLAN = Plan("uvicorn", workers=2, pool_size=13, overlap=3, grace=3.0)
RESTART = Restart(
    answered=100,
    retried=1,
    lost=0,
    reasons={},
    completed=True,
    old=(1, 2),
    new=(3, 4),
    loaded=(3, 4),
    peak_workers=3,
    longest_wait=0.1,
    seconds=5.0,
)
GOOD: dict[str, Any] = {
    "own_memory": 85_000_000,
    "beside_idle": {200: 40},
    "writes": {200: 2},
    "restart": RESTART,
}


def refusal_of(plan: Plan = PLAN, **seen: Any) -> str | None:
    observed = DeploymentObservation(plan, **{**GOOD, **seen})
    evidence = Evidence({}, extra={OBSERVATION: observed})
    refusals = (found for step in check.EXERCISE.steps if (found := step(evidence)))
    first = next(refusals, None)
    return None if first is None else first.message


def test_a_good_deployment_passes() -> None:
    assert refusal_of() is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"workers": 1, "overlap": 2}, "1 worker can use one core"),
        ({"pool_size": 14}, "3 workers with pools of 14 may open 42 connections while"),
        ({"workers": 4, "overlap": 8}, "4 workers with pools of 13 may open 52 connections;"),
        ({"grace": None}, "no limit"),
        ({"grace": 1.0}, "has 1 seconds"),
        ({"grace": 30.0}, "has 30 seconds"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(change: dict[str, Any], message: str) -> None:
    assert message in (refusal_of(replace(PLAN, **change)) or "")


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        ({"failure": "uvicorn: no such option."}, "does not start. uvicorn: no such option."),
        ({"own_memory": 150_000_000}, "Each worker has 150 MB for itself"),
        ({"beside_idle": {200: 30, 503: 10}}, "30 answered with 200, 10 answered with 503"),
        ({"writes": {200: 1, "dropped": 1}}, "1 answered with 200, 1 dropped"),
        (
            {"restart": replace(RESTART, lost=3, reasons={"broken off": 3})},
            "3 of 103 requests were lost: 3 broken off",
        ),
        ({"restart": replace(RESTART, completed=False)}, "1, 2 were not all replaced"),
        ({"restart": replace(RESTART, loaded=(4,))}, "1 of the 2 new ones loaded"),
    ],
)
def test_what_goes_wrong_is_named(seen: dict[str, Any], message: str) -> None:
    assert message in (refusal_of(**seen) or "")


def test_the_lesson_counts_as_the_lab_does() -> None:
    """The lesson has ``workers + 1`` for uvicorn and ``2 * workers`` for Gunicorn."""
    assert [MANAGERS[name].overlap(3) for name in ("uvicorn", "gunicorn")] == [4, 6]
