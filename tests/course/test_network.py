"""The parameters of a simulated network, and their validation."""

import pytest

from app.course.errors import CourseError
from app.course.network import Network


def test_the_default_has_no_delay_and_unlimited_bandwidth() -> None:
    assert (Network().delay, Network().bytes_per_second) == (0.0, None)


def test_bandwidth_is_given_in_megabits_per_second() -> None:
    assert Network(megabits_per_second=8).bytes_per_second == 1e6


def test_a_network_describes_itself() -> None:
    assert str(Network(delay=0.0005)) == "0.5 ms"
    assert str(Network(delay=0.005, megabits_per_second=20)) == "5 ms, 20 Mbit/s"


@pytest.mark.parametrize("delay", [-0.001, float("nan"), float("inf"), "0.005", None, True, 5])
def test_an_invalid_delay_is_rejected(delay: float) -> None:
    with pytest.raises(CourseError, match=r"delay=0\.005"):
        Network(delay=delay)


@pytest.mark.parametrize("bandwidth", [0, -1, float("nan"), float("inf"), "100", True])
def test_an_invalid_bandwidth_is_rejected(bandwidth: float) -> None:
    with pytest.raises(CourseError, match="above 0"):
        Network(megabits_per_second=bandwidth)
