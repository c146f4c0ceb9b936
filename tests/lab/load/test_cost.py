"""Which side was the limit."""

from dataclasses import replace

import pytest

from app.lab.load.cost import Cost
from app.lab.load.histogram import Histogram
from app.lab.load.server_side import ServerSide
from app.lab.load.window import Window

WINDOW = Window(
    requests=1_000,
    errors={},
    elapsed=1.0,
    latencies=Histogram(),
    wire_bytes=0,
    body_bytes=0,
    client_cpu=0.1,
    opened=0,
)


@pytest.mark.parametrize(
    ("cpu", "queue", "server_cpu", "ceiling", "bound"),
    [
        (0.95, 0.0, None, None, True),  # it had a core and used all of it
        (0.50, 0.45, None, None, True),  # it wanted a core and had to share it
        (0.35, 0.30, 0.33, None, True),  # busy machine: it used as much CPU as a trivial server
        (0.30, 0.30, 0.45, None, False),  # busy machine: the server used more CPU
        (0.02, 0.01, 0.02, None, False),  # both wait, for a database or a timer
        (0.30, 0.00, 1.00, 1_200, True),  # near its ceiling
        (0.30, 0.00, 1.00, 10_000, False),
    ],
)
def test_which_side_was_the_limit(
    cpu: float, queue: float, server_cpu: float | None, ceiling: float | None, bound: bool
) -> None:
    window = replace(WINDOW, client_cpu=cpu, client_queue=queue, server=ServerSide(cpu=server_cpu))
    assert Cost((window,), ceiling).client_bound is bound


def test_failed_requests_count_towards_the_cost() -> None:
    window = replace(WINDOW, errors={"5xx": 1_000}, server=ServerSide(cpu=0.4))
    cost = Cost((window, window))
    assert cost.server_cpu_per_request == pytest.approx(0.0002)
    assert cost.client_cpu_per_request == pytest.approx(0.00005)


def test_cpu_known_for_only_some_windows_is_not_reported() -> None:
    cost = Cost((WINDOW, replace(WINDOW, server=ServerSide(cpu=0.4))))
    assert cost.server_cpu_per_request is None


def test_a_small_disturbance_is_not_mentioned() -> None:
    assert Cost((replace(WINDOW, server=ServerSide(disturbance=0.01)),)).warning is None
