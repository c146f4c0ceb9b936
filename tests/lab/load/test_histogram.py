import pytest

from app.lab.load.histogram import Histogram


def test_percentiles_are_off_by_at_most_half_a_percent() -> None:
    values = [index / 1e5 for index in range(1, 10_001)]
    histogram = Histogram.of(values)
    for share in (0.5, 0.9, 0.99, 0.999):
        assert histogram.percentile(share) == pytest.approx(share * 0.1, rel=0.0051)


def test_merging_adds_counts() -> None:
    parts = [Histogram.of([0.001] * 3), Histogram.of([0.002])]
    merged = Histogram.merged(parts)
    assert merged.total == 4
    assert merged.percentile(0.75) == pytest.approx(0.001, rel=0.01)
    assert merged.percentile(1.0) == pytest.approx(0.002, rel=0.01)


def test_an_empty_histogram_has_no_percentile() -> None:
    assert Histogram().percentile(0.5) is None
