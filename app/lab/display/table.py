"""A table that renders in a notebook, in a terminal and in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Any

from app.lab.display.code import CODE_FONT
from app.lab.display.markup import code_spans

_PLAIN_CODE = f"{CODE_FONT};background:none;padding:0;color:inherit;font-size:inherit"


@dataclass(frozen=True)
class Table:
    """Cells are text, already formatted. Columns of numbers are aligned to the right."""

    headers: Sequence[str]
    """One for each column."""
    rows: Sequence[Sequence[str]]
    """As many cells in each as there are headers."""
    caption: str = ""
    """Text below the table."""
    code: Sequence[str] = ()
    """The headers of columns that hold code."""

    def text(self, width: int = 100) -> str:
        """The table as plain text.

        Args:
            width: The most characters of a line; a longer word is broken.

        Returns:
            Its lines, the caption wrapped below.
        """
        from rich import box
        from rich.console import Console
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(box=box.SIMPLE_HEAD)
        for index, header in enumerate(self.headers):
            table.add_column(
                Text(header),
                overflow="fold",
                justify="right" if self._numeric(index) else "left",
                min_width=max(map(len, header.split()), default=0),
            )
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        console = Console(
            width=width,
            color_system=None,
            force_terminal=False,
            force_jupyter=False,  # in a kernel rich would display each text as well
            highlight=False,
        )
        with console.capture() as capture:
            console.print(table)
        lines = [line.rstrip() for line in capture.get().strip("\n").splitlines()]
        return "\n".join([*lines, *([""] if self.caption else []), *wrap(self.caption, width)])

    def html(self) -> str:
        """The table as HTML in the colours of the page.

        Returns:
            A ``<table>``, the caption as a ``<p>`` after it.
        """
        aligned = [
            "right" if self._numeric(index) else "left" for index in range(len(self.headers))
        ]
        # Not as <caption>, which would be as narrow as the table.
        caption = f"<p>{escape(self.caption)}</p>" if self.caption else ""
        head = "".join(_cell("th", *pair) for pair in zip(self.headers, aligned, strict=True))
        body = "".join(
            "<tr>"
            + "".join(
                _cell("td", text, side, code=header in self.code)
                for header, text, side in zip(self.headers, row, aligned, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{caption}"

    def transposed(self) -> "Table":
        """Its rows as columns, for a table of few rows and many columns.

        Returns:
            A new table, with the first column as its headers.
        """
        first, *names = self.headers
        columns = list(zip(*self.rows, strict=True))
        rows = [[name, *cells] for name, cells in zip(names, columns[1:], strict=True)]
        return Table([first, *columns[0]], rows, self.caption)

    def _numeric(self, index: int) -> bool:
        cells = [row[index] for row in self.rows if row[index] not in ("", "–")]
        return bool(cells) and all(cell.lstrip("−-+<~×").strip()[:1].isdigit() for cell in cells)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(self.text())


def _cell(tag: str, text: str, aligned: str, *, code: bool = False) -> str:
    if code:
        # As an element that MathJax leaves alone: it would typeset what is between $1 and $2.
        shown = f'<code style="{_PLAIN_CODE}">{escape(text)}</code>'
    else:
        shown = code_spans(text) if "`" in text else escape(text)
    return f'<{tag} style="text-align:{aligned}">{shown}</{tag}>'
