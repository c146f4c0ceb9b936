"""A learner's predictions, and how far each was from what was measured."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf, isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any

from app.course.errors import CourseError
from app.lab.display.table import Table

if TYPE_CHECKING:
    from app.lab.load import Ratio

EXAMPLE = "lab.predict(round_trips=7)"


@dataclass
class Predictions:
    """The numbers predicted in one lesson, by name."""

    numbers: dict[str, float] = field(default_factory=dict)
    asked: Sequence[str] = ()
    """The names that the lesson asks for."""

    def write(self, numbers: Mapping[str, Any]) -> str:
        """Keep ``numbers``, where ``None`` stands for one that is not written yet, and say so.

        Raises ``CourseError`` for anything that is not a number, and then keeps none.
        """
        if not numbers:
            raise CourseError(f"A prediction needs a name and a number: `{EXAMPLE}`.")
        given = {
            name: _number_of(name, value) for name, value in numbers.items() if value is not None
        }
        self.numbers |= given
        if given:
            return " ".join([f"Noted: {_listed(given)}.", *self._misspelt(given)])
        earlier = {name: self.numbers[name] for name in numbers if name in self.numbers}
        if earlier:
            return f"Noted earlier: {_listed(earlier)}. Write a number to change it."
        return "Write a number before you measure."

    def beside(self, measured: "Mapping[str, float | Ratio | None]") -> Table:
        """The table of predictions and measurements; an invalid ratio is a dash."""
        rows = [self._row(name, value) for name, value in measured.items()]
        headers = ["", "you predicted", "measured", "95 % interval", "gap"]
        if not any(row[3] for row in rows):
            for row in (headers, *rows):
                del row[3]
        others = [name for name in self.numbers if name not in {*measured, *self.asked}]
        missing = [name for name in measured if name not in self.numbers]
        return Table(headers, rows, " ".join(_confused(others, missing)))

    def _row(self, name: str, measured: "float | Ratio | None") -> list[str]:
        predicted = self.numbers.get(name)
        middle, low, high = _interval(measured)
        interval = "" if low == high else f"{_shown(low)} to {_shown(high)}"
        gap = _gap(predicted, middle, low, high)
        return [_title(name), _shown(predicted), _shown(middle), interval, gap]

    def _misspelt(self, given: Mapping[str, float]) -> list[str]:
        others = [name for name in given if name not in self.asked]
        return _confused(others, [name for name in self.asked if name not in self.numbers])


def predictions_of(slug: str, asked: Sequence[str] = ()) -> Predictions:
    """What the learner's record has for a lesson; nothing if the record cannot be read."""
    from app.lab.learner.progress import ProgressError, entry_of

    try:
        recorded = entry_of(slug).predictions
    except ProgressError:
        recorded = {}
    return Predictions({name: n for name, n in recorded.items() if _is_number(n)}, asked)


def _confused(given: Collection[str], wanted: Sequence[str]) -> list[str]:
    """A sentence for each name that is almost the one that is wanted."""
    return [
        f"You predicted {close[0]}, but the name is {name}: correct it and run the cell again."
        for name in wanted
        if (close := get_close_matches(name, given, n=1))
    ]


def _number_of(name: str, value: Any) -> float:
    if not _is_number(value):
        raise CourseError(f"{name} is {value!r}, but a prediction is a number: `{EXAMPLE}`.")
    return int(value) if float(value).is_integer() else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


def _interval(measured: "float | Ratio | None") -> tuple[float | None, float, float]:
    """The point estimate with both ends of its interval; a count is its own."""
    if measured is None:
        return None, 0, 0
    if isinstance(measured, int | float):
        return measured, measured, measured
    return measured.ratio, measured.low, measured.high


def _gap(predicted: float | None, measured: float | None, low: float, high: float) -> str:
    if predicted is None or measured is None:
        return "–"
    if predicted == measured:
        return "none"
    if low <= predicted <= high:
        return "within the interval"
    direction = "high" if predicted > measured else "low"
    if predicted <= 0 or measured <= 0:
        return f"{_shown(abs(predicted - measured))} too {direction}"
    factor = max(predicted, measured) / min(predicted, measured)
    if factor < 2:
        return f"{abs(predicted / measured - 1):.0%} too {direction}".replace("%", " %")
    return f"{factor:,.3g}× too {direction}"


def _listed(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{_title(name)}: {value:g}" for name, value in numbers.items())


def _title(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    if value == inf:
        return "∞"
    decimals = 0 if value >= 100 or float(value).is_integer() else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"
