"""Predictions beside what was measured."""

import re
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from app.course.errors import CourseError
from app.lab.learner.predictions import Predictions, predictions_of
from app.lab.learner.progress import record_predictions
from app.lab.load import Ratio


def gap(predicted: float | None, measured: "float | Ratio | None") -> str:
    predictions = Predictions({} if predicted is None else {"it": predicted})
    (row,) = predictions.beside({"it": measured}).rows
    return row[-1]


@pytest.mark.parametrize(
    ("predicted", "measured", "said"),
    [
        (7, 7, "none"),
        (8, 7, "14 % too high"),
        (5, 7, "29 % too low"),
        (21, 7, "3× too high"),
        (3, 30, "10× too low"),
        (0, 7, "7 too low"),
        (3, 0, "3 too high"),
        (2.5, Ratio(2, 1.5, 3), "within the interval"),
        (3.5, Ratio(2, 1.5, 3), "75 % too high"),
        (1, Ratio(2.5, 1.5, inf), "2.5× too low"),
        (None, 7, "–"),
        (7, None, "–"),
    ],
)
def test_the_gap_is_named(predicted: float | None, measured: Any, said: str) -> None:
    assert gap(predicted, measured) == said


def test_an_interval_is_shown_where_there_is_one() -> None:
    wide = Ratio(12.345, 1.5, 777.7)
    table = Predictions({"ratio": 3}).beside(
        {"ratio": Ratio(2, 1.5, inf), "count": 1200, "wide": wide}
    )
    assert [row[1:4] for row in table.rows] == [
        ["3", "2", "1.50 to ∞"],
        ["–", "1,200", ""],
        ["–", "12.3", "1.50 to 778"],
    ]
    assert len(Predictions().beside({"count": 1200}).headers) == 4


def test_a_misspelt_name_gets_a_sentence() -> None:
    predictions = Predictions({"times_the_request": 3, "round_trips": 4})
    told = predictions.beside({"times_the_requests": 2.0, "round_trips": 4}).caption
    assert told.startswith("You predicted times_the_request, but the name is times_the_requests")
    assert predictions.beside({"statements": 2.0, "round_trips": 4}).caption == ""


def test_a_misspelt_name_gets_a_sentence_at_once_where_the_lesson_asks_for_another() -> None:
    predictions = Predictions(asked=("times_the_requests", "round_trips"))
    told = predictions.write({"times_the_request": 3})
    assert "You predicted times_the_request, but the name is times_the_requests" in told
    assert predictions.write({"round_trips": 3}) == "Noted: round trips: 3."
    assert predictions.write({"my_own": 3}) == "Noted: my own: 3."


def test_a_name_that_the_lesson_asks_for_is_not_taken_for_a_similar_one() -> None:
    predictions = Predictions({"round_trips": 2}, asked=("round_trips", "round_trips_with_ping"))
    assert predictions.beside({"round_trips_with_ping": 3}).caption == ""


@pytest.mark.parametrize("value", ["seven", "7", True, nan, inf, [7], 7j])
def test_what_is_not_a_number_is_refused_and_keeps_nothing(value: Any) -> None:
    predictions = Predictions({"one": 1})
    with pytest.raises(CourseError, match=re.escape(f"two is {value!r}, but a prediction is a nu")):
        predictions.write({"one": 5, "two": value})
    assert predictions.numbers == {"one": 1}


def test_none_keeps_what_was_predicted_before() -> None:
    predictions = Predictions()
    assert predictions.write({"round_trips": None}) == "Write a number before you measure."
    assert predictions.write({"round_trips": 7, "ratio": None}) == "Noted: round trips: 7."
    assert predictions.write({"round_trips": None}).startswith("Noted earlier: round trips: 7.")
    assert predictions.numbers == {"round_trips": 7}


def test_they_are_read_from_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    record_predictions("pooling", {"round_trips": 7, "ratio": 1.5})
    assert predictions_of("pooling").numbers == {"round_trips": 7, "ratio": 1.5}
    assert predictions_of("measuring").numbers == {}


def test_a_damaged_record_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    (tmp_path / "progress.json").write_text('{"pooling": {"predictions": {"a": "x", "b": 2}}}')
    assert predictions_of("pooling").numbers == {"b": 2}
    (tmp_path / "progress.json").unlink()
    (tmp_path / "progress.json").mkdir()
    assert predictions_of("pooling").numbers == {}
