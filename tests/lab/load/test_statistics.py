import random
from math import exp, inf

import pytest
import scipy.stats

from app.lab.load.statistics import (
    Ratio,
    Verdict,
    enough_samples,
    floor_interval,
    is_quiet,
    judge,
    log_ratio_interval,
    narrow_enough,
    noise_of,
    percent,
    t_quantile,
)


def test_the_quantile_agrees_with_scipys() -> None:
    for degrees in (1, 5, 30, 200):
        assert t_quantile(degrees) == pytest.approx(scipy.stats.t.ppf(0.975, degrees))


@pytest.mark.parametrize("pairs", [5, 20])
def test_the_interval_covers_the_true_ratio_95_times_in_100(pairs: int) -> None:
    noise = random.Random(pairs)
    covered = 0
    for _ in range(2_000):
        # A disturbance of the machine affects both windows of a pair.
        machine = [noise.gauss(0, 0.5) for _ in range(pairs)]
        slow = [1000 * exp(shared + noise.gauss(0, 0.2)) for shared in machine]
        fast = [1300 * exp(shared + noise.gauss(0, 0.2)) for shared in machine]
        interval = log_ratio_interval(slow, fast)
        covered += interval.low <= 1.3 <= interval.high
    assert 0.935 < covered / 2_000 < 0.965


def test_the_interval_is_symmetric_in_the_arms() -> None:
    one, other = [100.0, 90.0, 120.0], [150.0, 160.0, 170.0]
    forward, backward = log_ratio_interval(one, other), log_ratio_interval(other, one)
    assert forward.ratio == pytest.approx(1 / backward.ratio)
    assert forward.low == pytest.approx(1 / backward.high)


def test_the_floor_covers_1_about_95_times_in_100() -> None:
    noise = random.Random(3)
    covered = 0
    for _ in range(1_000):
        rates = [1000 * exp(noise.gauss(0, 0.2)) for _ in range(40)]
        floor = floor_interval(rates)
        covered += floor.low <= 1 <= floor.high
    assert 0.93 < covered / 1_000 < 0.97


def test_a_machine_that_warms_up_is_not_a_difference() -> None:
    warming = [1000 * 1.01**index for index in range(40)]
    floor = floor_interval(warming)
    assert floor.ratio == pytest.approx(1)
    assert log_ratio_interval(warming[::2], warming[1::2]).low > 1


def test_one_pair_proves_nothing() -> None:
    assert log_ratio_interval([100], [300]).high == inf
    assert judge(log_ratio_interval([100], [300])) is Verdict.UNSHOWN


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.02, 1.50, Verdict.FASTER),
        (0.50, 0.99, Verdict.SLOWER),
        (0.96, 1.04, Verdict.SAME),
        (1.01, 1.04, Verdict.SAME),
        (0.94, 1.04, Verdict.UNSHOWN),
        (0.97, 1.08, Verdict.UNSHOWN),
        (0.0, inf, Verdict.UNSHOWN),
    ],
)
def test_verdicts(low: float, high: float, verdict: Verdict) -> None:
    assert judge(Ratio(1.0, low, high)) is verdict


@pytest.mark.parametrize(
    ("low", "high", "factor"),
    [
        (0.95, 1.06, 1),
        (0.06, 2.52, 1 / 0.06),
        (0.9, 1.3, 1.3),
        (1.02, 1.08, 1.08),
        (0.0, inf, 1),
    ],
)
def test_the_noise_of_a_run(low: float, high: float, factor: float) -> None:
    assert noise_of(Ratio(1.0, low, high)) == pytest.approx(factor)
    assert is_quiet(Ratio(1.0, low, high)) is (factor < 1.25)


def test_a_few_windows_do_not_show_the_noise() -> None:
    assert floor_interval([100, 200] * 3).high == inf
    assert floor_interval([100, 200] * 4).high < inf


def test_stopping_depends_on_width_and_not_on_significance() -> None:
    assert narrow_enough([Ratio(1.0, 0.96, 1.04)], 0.10)
    assert not narrow_enough([Ratio(1.0, 0.96, 1.04), Ratio(2.0, 1.5, 2.6)], 0.10)


@pytest.mark.parametrize(
    ("share", "samples", "enough"),
    [
        (0.99, 9_999, False),
        (0.99, 10_000, True),
        (0.999, 99_999, False),
        (0.999, 100_000, True),
        (0.9, 9_999, True),
        (0.5, 5, False),
    ],
)
def test_a_percentile_needs_enough_samples(share: float, samples: int, enough: bool) -> None:
    assert enough_samples(share, samples) is enough


@pytest.mark.parametrize(("ratio", "text"), [(0.97, "−3 %"), (1.08, "+8 %"), (2.5, "2.50×")])
def test_changes_in_words(ratio: float, text: str) -> None:
    assert percent(ratio) == text
