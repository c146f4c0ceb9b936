"""A chart with a line for each series."""

import pytest

from app.course.errors import CourseError
from app.lab import Curves

SHARES = Curves(
    {"LRU": {10: 0.1, 1000: 0.75}, "LFU": {10: 0.2, 1000: 0.7}}, "entries", "hit rate", share=True
)


def test_its_text_has_every_point() -> None:
    assert str(SHARES) == (
        "hit rate by entries\nLRU: 10% at 10, 75% at 1,000\nLFU: 20% at 10, 70% at 1,000"
    )
    counts = Curves({"queries": {1: 2_500, 2: 3}}, "second", "queries")
    assert str(counts) == "queries by second\nqueries: 2,500 at 1, 3 at 2"


def test_its_picture_says_in_words_what_it_shows() -> None:
    html = SHARES._repr_html_()
    assert "<img" in html
    assert "LFU: 20% at 10, 70% at 1,000" in html


def test_the_vertical_axis_begins_at_zero_and_names_what_it_shows() -> None:
    (axes,) = SHARES.chart().axes
    assert axes.get_ylim()[0] == 0
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("entries", "hit rate")
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["LRU", "LFU"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10", "1,000"]


@pytest.mark.parametrize(
    ("points", "scale"),
    [({10: 1, 99: 2}, "linear"), ({10: 1, 100: 2}, "log"), ({0: 1, 100: 2}, "linear")],
)
def test_a_wide_range_is_logarithmic(points: dict[float, float], scale: str) -> None:
    (axes,) = Curves({"one": points}, "x", "y").chart().axes
    assert axes.get_xscale() == scale
    assert axes.get_legend() is None


def test_many_places_are_not_all_labelled() -> None:
    points = {float(n) ** 2: 1.0 for n in range(1, 12)}
    (axes,) = Curves({"one": points}, "x", "y").chart().axes
    axes.figure.canvas.draw()
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert "10" in labels
    assert "49" not in labels


@pytest.mark.parametrize("series", [{}, {"empty": {}}, {str(n): {1: 1} for n in range(5)}])
def test_what_cannot_be_drawn_is_refused(series: dict[str, dict[float, float]]) -> None:
    with pytest.raises(CourseError, match="series"):
        Curves(series, "x", "y")
