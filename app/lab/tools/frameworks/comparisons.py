"""The results of a comparison of frameworks, as they are displayed."""

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from app.lab.display.figure import figure_html
from app.lab.display.table import Table
from app.lab.tools.frameworks import charts, tables
from app.lab.tools.frameworks.ratios import Ratios
from app.lab.tools.frameworks.result import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Comparisons(Results):
    """The results as tables, charts and sentences."""

    def ratios(self) -> Ratios:
        """Each framework on one core as a multiple of FastAPI, for each job."""
        return Ratios.of(self)

    def summary(self) -> Table:
        """Requests per second on one core, next to the article's."""
        return tables.summary(self)

    def tables(self) -> list[tuple[str, Table]]:
        """A title and a table for each job and number of processes."""
        return tables.details(self)

    def chart(self) -> "Figure":
        return charts.chart(self)

    def alt_text(self) -> str:
        return charts.alt_text(self)

    @property
    def notes(self) -> list[str]:
        """What the numbers alone do not show, one or a few sentences each."""
        return tables.notes(self)

    def text(self, width: int = 100) -> str:
        parts = [self.summary().text(width)]
        parts += [f"{title}\n\n{table.text(width)}" for title, table in self.tables()]
        parts += ["\n".join(line for note in self.notes for line in wrap(note, width))]
        if self.pydantic.rows:
            parts += [f"Pydantic 2 against Pydantic 1\n\n{self.pydantic.table().text(width)}"]
        elif self.pydantic.problem:
            parts += [self.pydantic.problem]
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        tables = "".join(
            f"<details><summary>{escape(title)}</summary>{table.html()}</details>"
            for title, table in self.tables()
        )
        chart = figure_html(self.chart(), self.alt_text())
        return f"{self.summary().html()}{chart}{tables}<ul>{notes}</ul>"
