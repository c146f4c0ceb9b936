"""Each objective is met or missed only where the whole interval says so."""

from dataclasses import replace
from math import inf

import pytest

from app.lab.load.ceiling import null_server
from app.lab.load.histogram import Histogram
from app.lab.load.measurement import Measurement
from app.lab.load.measuring import measure
from app.lab.load.objectives import (
    Estimate,
    Judged,
    Objectives,
    Standing,
    judge_objectives,
    share_of,
)
from app.lab.load.server_side import ServerSide
from app.lab.load.slo import HOPELESS, is_hopeless
from app.lab.load.window import Window

MET, MISSED, UNKNOWN = Standing.MET, Standing.MISSED, Standing.UNKNOWN
OBJECTIVES = Objectives()
CORES = 2


def window(**changes: object) -> Window:
    usual = Window(
        requests=1_000,
        errors={},
        elapsed=1.0,
        latencies=Histogram.of([0.005] * 980 + [0.020] * 20),
        wire_bytes=0,
        body_bytes=0,
        client_cpu=0.05,
        opened=0,
        rate=1_000,
        server=ServerSide(cpu=0.4),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def judge(*windows: Window, ceiling: float | None = None) -> dict[str, Judged]:
    measured = Measurement("http://127.0.0.1:1/", 64, windows, ceiling=ceiling)
    return {one.name: one for one in judge_objectives(measured, OBJECTIVES, CORES)}


def standings(judged: dict[str, Judged]) -> list[Standing]:
    return [one.standing for one in judged.values()]


def test_a_shop_that_keeps_to_all_of_them() -> None:
    judged = judge(*[window()] * 30)
    assert standings(judged) == [MET] * 5
    assert not any(one.reason for one in judged.values())
    assert judged["CPU"].limit == "< 70 % of 2 cores"
    assert judged["CPU"].estimate == Estimate(20.0, 20.0, 20.0)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("P50", {"latencies": Histogram.of([0.060] * 1_000)}),
        ("P99", {"latencies": Histogram.of([0.005] * 970 + [0.300] * 30)}),
        ("Errors", {"requests": 990, "errors": {"5xx": 10}}),
        ("CPU", {"server": ServerSide(cpu=1.5)}),
    ],
)
def test_each_can_be_missed_by_itself(name: str, changes: dict[str, object]) -> None:
    judged = judge(*[window(**changes)] * 30)
    assert {one.name for one in judged.values() if one.standing is not MET} == {name}
    assert judged[name].standing is MISSED


def test_a_shop_that_falls_behind_misses_the_rate_and_the_times() -> None:
    judged = judge(*[window(overloaded=True, requests=70)] * 30)
    assert [judged[name].standing for name in ("P50", "P99", "Throughput")] == [MISSED] * 3
    assert judged["P99"].estimate is None
    assert "growing backlog" in judged["P99"].reason


def test_a_few_bad_windows_decide_nothing_about_the_rate() -> None:
    judged = judge(*[window()] * 28, *[window(overloaded=True)] * 2)
    assert judged["Throughput"].standing is UNKNOWN
    assert "2 of 30 windows" in judged["Throughput"].reason
    assert judged["P50"].standing is MET


def test_a_percentile_across_its_limit_decides_nothing() -> None:
    slow, fast = Histogram.of([0.060] * 1_000), Histogram.of([0.040] * 1_000)
    judged = judge(*[window(latencies=slow), window(latencies=fast)] * 15)
    assert judged["P50"].standing is UNKNOWN


def test_too_short_a_run_decides_little() -> None:
    judged = judge(window())
    assert [judged[name].standing for name in ("P50", "P99", "CPU")] == [UNKNOWN] * 3
    assert "too few requests or windows for P99: 1,000 and 1." in judged["P99"].reason
    assert judged["CPU"].estimate == Estimate(20.0, -inf, inf)
    assert judged["Errors"].standing is UNKNOWN
    assert "None of 1,000 failed" in judged["Errors"].reason


def test_a_generator_at_its_limit_proves_nothing() -> None:
    judged = judge(*[window(client_cpu=0.95)] * 30)
    assert standings(judged) == [UNKNOWN] * 5
    assert all("load generator was the limit" in one.reason for one in judged.values())


def test_a_late_generator_excuses_slow_responses() -> None:
    late = Histogram.of([0.150] * 1_000)
    slow = Histogram.of([0.300] * 1_000)
    judged = judge(*[window(latencies=slow, lateness=late)] * 30)
    assert judged["P99"].standing is UNKNOWN
    assert "150 ms late" in judged["P99"].reason


def test_a_server_that_cannot_be_observed() -> None:
    judged = judge(*[window(server=ServerSide())] * 30)
    assert judged["CPU"].standing is UNKNOWN
    assert judged["CPU"].estimate is None


def test_the_interval_of_a_share() -> None:
    """Against the values of R's ``binom.test``."""
    none, some = share_of(0, 3_000), share_of(3, 1_000)
    assert (none.low, round(none.high, 6)) == (0.0, 0.001229)
    assert (round(some.low, 6), round(some.high, 6)) == (0.000619, 0.008742)
    assert share_of(0, 0) == Estimate(0.0, 0.0, 1.0)
    assert share_of(5, 5).high == 1.0


@pytest.mark.parametrize(
    ("overloaded", "hopeless"),
    [
        ((True,) * (HOPELESS - 1), False),
        ((True,) * HOPELESS, True),
        ((True, False, True, True), False),
    ],
)
def test_a_run_ends_early_only_where_the_server_never_keeps_up(
    overloaded: tuple[bool, ...], hopeless: bool
) -> None:
    assert is_hopeless([window(overloaded=one) for one in overloaded]) is hopeless


async def test_no_window_begins_once_the_run_may_end() -> None:
    with null_server() as url:
        measured = await measure(url, seconds=1, windows=10, ends_early=lambda w: len(w) == 2)
    assert len(measured.windows) == 2
