import random

import pytest

from app.lab.load.histogram import Histogram
from app.lab.load.tails import MIN_PAIRS, tail_ratio


def windows(noise: random.Random, count: int, slow: float, requests: int = 500) -> list[Histogram]:
    """Windows with 2 % of requests near ``slow`` seconds; a bad moment slows a whole window."""
    made = []
    for _ in range(count):
        moment = noise.lognormvariate(0, 0.2)
        made.append(
            Histogram.of(
                [0.001 * moment] * (requests * 98 // 100)
                + [slow * moment * noise.lognormvariate(0, 0.3) for _ in range(requests * 2 // 100)]
            )
        )
    return made


def test_the_interval_covers_the_true_ratio() -> None:
    noise = random.Random(1)
    covered = 0
    for _ in range(100):
        ratio = tail_ratio(windows(noise, 30, 0.01), windows(noise, 30, 0.02), 0.99)
        assert ratio
        covered += ratio.low <= 2 <= ratio.high
    # 95 are expected; fewer than 88 occur once in 500 such runs.
    assert covered >= 88


def test_it_is_the_ratio_of_the_percentiles_of_all_windows() -> None:
    one = [Histogram.of([0.001] * 980 + [0.010] * 20)] * MIN_PAIRS
    other = [Histogram.of([0.001] * 980 + [0.030] * 20)] * MIN_PAIRS
    ratio = tail_ratio(one, other, 0.99)
    assert ratio
    assert ratio.ratio == pytest.approx(3, rel=0.02)
    assert ratio.low == ratio.high == ratio.ratio


@pytest.mark.parametrize(("pairs", "requests"), [(MIN_PAIRS - 1, 1_000), (MIN_PAIRS, 400)])
def test_too_few_pairs_or_requests_are_not_reported(pairs: int, requests: int) -> None:
    some = [Histogram.of([0.001] * requests)] * pairs
    assert tail_ratio(some, some, 0.99) is None
