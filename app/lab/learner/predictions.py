"""Predictions, kept until the quantity is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.lab.display.table import Table

if TYPE_CHECKING:
    from app.lab.load import Ratio


@dataclass
class Predictions:
    """The numbers predicted in one notebook, by name."""

    numbers: dict[str, float | None] = field(default_factory=dict)

    def write(self, numbers: dict[str, float | None]) -> str:
        """Keep ``numbers``; ``None`` means that the learner has not written one yet."""
        self.numbers.update(numbers)
        given = [
            f"{_title(name)}: {value:g}" for name, value in numbers.items() if value is not None
        ]
        return f"Noted: {', '.join(given)}." if given else "Write a number before you measure."

    def beside(self, measured: "Mapping[str, float | Ratio | None]") -> Table:
        """The table of predictions and measurements; an invalid ratio is a dash."""
        rows = [
            [_title(name), _number(self.numbers.get(name)), _number(_plain(value))]
            for name, value in measured.items()
        ]
        return Table(["", "you predicted", "measured"], rows)


def _plain(measured: "float | Ratio | None") -> float | None:
    return measured if measured is None or isinstance(measured, int | float) else measured.ratio


def _title(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
