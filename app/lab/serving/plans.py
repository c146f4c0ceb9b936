"""The plans of a request's statements, shown as tables and as text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from app.course.sql import laid_out
from app.course.wording import count_of
from app.lab.display.code import code_html, folded
from app.lab.display.table import Table
from app.lab.serving.plan import Node

_INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement and its plan."""

    text: str
    sent_by: str
    """The function of the application that sent it, with its file and line."""
    plan: Node | None = None
    """``None`` where there is a ``problem``."""
    problem: str | None = None
    """Why there is no plan, in PostgreSQL's words."""
    milliseconds: float | None = None
    """That it took to execute; ``None`` where it was only planned."""
    times: int = 1
    """How often the request executed it, with these values or, in a group, with any."""

    @property
    def rows_read(self) -> int:
        """Rows taken from tables, all times together."""
        return self.times * self.plan.rows_read if self.plan else 0

    @property
    def blocks(self) -> int:
        """Blocks of 8 KB looked at, all times together."""
        return self.times * (self.plan.blocks or 0) if self.plan else 0

    def headline(self) -> str:
        """How often, by whom, and what came of it."""
        parts = [f"Executed {count_of(self.times, 'time')}" + self._sender()]
        if self.plan is not None and self.milliseconds is not None:
            parts.append(f"read {count_of(self.plan.rows_read, 'row')}")
            parts.append(f"{self.milliseconds:,.1f} ms without a client")
        elif self.plan is not None:
            parts.append("planned and not executed, because it writes")
        return f"{', '.join(parts)}."

    def table(self) -> Table:
        """The tree, a row for each step, the innermost last."""
        assert self.plan is not None
        rows = []
        for depth, node in self.plan.walk():
            name = f"{_INDENT * depth}{'└ ' if depth else ''}{node.name}"
            rows.append(
                [
                    " · ".join([name, *node.conditions]),
                    f"{node.estimated:,.0f}" + (_each(node) if node.loops != 1 else ""),
                    _count(node.rows),
                    _count(node.read),
                    _count(node.blocks),
                ]
            )
        headers = ["step", "estimated rows", "actual rows", "read from a table", "blocks"]
        return Table(headers, rows, code=("step",))

    def _sender(self) -> str:
        return f" by {self.sent_by}" if self.sent_by else ""


class Plans(tuple[Explained, ...]):
    """The plans of all statements of a request, in order."""

    __slots__ = ()

    @property
    def rows_read(self) -> int:
        """Rows that all of them took from tables."""
        return sum(one.rows_read for one in self)

    @property
    def blocks(self) -> int:
        """Blocks of 8 KB that all of them looked at."""
        return sum(one.blocks for one in self)

    def grouped(self) -> Iterator[Explained]:
        """One for each text: the first of them, with how often the text was executed."""
        times: dict[str, int] = {}
        for one in self:
            times[one.text] = times.get(one.text, 0) + one.times
        firsts = {one.text: one for one in reversed(self)}
        for text, count in times.items():
            yield replace(firsts[text], times=count)

    def __str__(self) -> str:
        return "\n\n".join(map(_text, self.grouped())) or "No statement was executed."

    def _repr_html_(self) -> str:
        return "".join(map(_html, self.grouped())) or f"<p>{self}</p>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))


def _text(one: Explained) -> str:
    below = one.table().text() if one.plan else f"No plan: {one.problem}."
    return f"{one.text}\n{one.headline()}\n{below}"


def _html(one: Explained) -> str:
    below = one.table().html() if one.plan else f"<p>No plan: {escape(one.problem or '')}.</p>"
    full = folded("The statement", code_html(laid_out(one.text), "sql"))
    return f"<p>{escape(one.headline())}</p>{below}{full}"


def _each(node: Node) -> str:
    return "" if node.loops is None else f" × {node.loops:,}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
