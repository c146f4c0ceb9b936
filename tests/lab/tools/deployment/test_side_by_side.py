"""The managers' table."""

from types import SimpleNamespace
from typing import cast

import pytest

from app.course.deployments import Restart
from app.lab.load import Comparison, Ratio
from app.lab.tools.deployment.managers import MANAGERS
from app.lab.tools.deployment.side_by_side import Examined, SideBySide, grace_options

RESTART = Restart(
    answered=50,
    retried=0,
    lost=2,
    reasons={"refused": 2},
    completed=True,
    old=(1, 2),
    new=(3, 4),
    loaded=(3, 4),
    peak_workers=3,
    longest_wait=0.25,
    seconds=4.0,
)


def test_each_manager_is_a_row() -> None:
    speed = cast("Comparison", SimpleNamespace(ratios={"Granian": Ratio(1.1, 1.0, 1.2)}))
    examined = [
        Examined(title, 1.25, own=83_400_000, shared=21_000_000, answered=20, restart=RESTART)
        for title in ("uvicorn", "Granian")
    ]
    rows = SideBySide(examined, speed).table().rows
    assert list(rows[0]) == ["uvicorn", "1.2 s", "83 MB", "21 MB", "20", "2", "250 ms", "3", "–"]
    assert rows[1][-1].startswith("1.10×")


@pytest.mark.parametrize("name", MANAGERS)
def test_a_restart_that_can_be_limited_is(name: str) -> None:
    manager = MANAGERS[name]
    limited = manager.grace_option is not None
    assert (manager.grace(grace_options(manager.grace_option)) == 3) == limited
