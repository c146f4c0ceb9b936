"""A profile: what was sampled, as a flame graph and as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

from app.lab.display.code import code_html
from app.lab.display.markup import code_spans
from app.lab.display.table import Table
from app.lab.serving.stacks import PROCESS, Samples, own_functions
from app.lab.tools.profiling.flame import flame_graph
from app.lab.tools.profiling.tree import Node, tree_of

LEAST = 0.01
"""Share of the samples that a node needs to be shown."""
_MOST_FUNCTIONS = 12


@dataclass(frozen=True)
class Profile:
    """Where the samples of one or more processes were taken."""

    path: str
    """What was requested meanwhile."""
    samples: Samples = field(repr=False)
    sampler: str
    """``py-spy``, or ``pyinstrument`` where py-spy was refused."""
    command: str
    """The py-spy command, as for a terminal."""
    requests: int = 0
    """That were answered while the samples were taken."""
    note: str = ""
    """Why it was not py-spy, and what to do about it."""

    @cached_property
    def total(self) -> float:
        """The weight of all samples."""
        return sum(self.samples.values())

    @cached_property
    def tree(self) -> Node:
        return tree_of(self.samples)

    def share(self, function: str) -> float:
        """The share of the samples with a function in their stack, from 0 to 1.

        Args:
            function: Its name, without its class and its module.
        """
        weight = sum(
            weight
            for stack, weight in self.samples.items()
            if any(frame.name.rpartition(".")[2] == function for frame in stack)
        )
        return weight / self.total if self.total else 0.0

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes that were recorded, where there were several."""
        frames = (frame for stack in self.samples for frame in stack)
        return tuple(sorted({frame.name for frame in frames if frame.file == PROCESS}))

    def functions(self) -> Table:
        """The application's functions that do something themselves, or by a library, the busiest
        first. What they do by other functions of the application's is in the second column only."""
        inside, alone = self._weights()
        ordered = sorted(alone, key=lambda label: -alone[label])[:_MOST_FUNCTIONS]
        rows = [
            [label, self._percent(alone[label]), self._percent(inside[label])]
            for label in ordered
            if alone[label] >= LEAST * self.total
        ]
        return Table(["function", "itself", "and what it calls"], rows, code=("function",))

    def text(self) -> str:
        """The whole tree, a line for each node, as far as the flame graph shows it."""
        if not self.total:
            return "No samples: the processes did nothing."
        return "\n".join(
            f"{self._percent(node.weight):>5} {'  ' * depth}{node.label}"
            for depth, node in self.tree.walk(LEAST * self.total)
        )

    def headline(self) -> str:
        return f"GET {self.path}, {self.requests:,} times, sampled by {self.sampler}"

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.headline(), self.note, self.text()]))

    def _repr_html_(self) -> str:
        note = f"<p>{code_spans(self.note)}</p>" if self.note else ""
        head = f"<p><b>{escape(self.headline())}</b></p>{note}"
        if not self.total:
            return f"{head}<p>{self.text()}</p>"
        graph = flame_graph(self.tree, LEAST * self.total)
        return f"{head}{graph}{self.functions().html()}{_as_text(self.text())}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _percent(self, weight: float) -> str:
        return f"{weight / self.total:.0%}".replace("%", " %")

    def _weights(self) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """By label: of the samples with the function in their stack, and with it as the innermost
        function of the application's own."""
        inside: dict[str, float] = {}
        alone: dict[str, float] = {}
        for stack, weight in self.samples.items():
            own = [str(frame) for frame in own_functions(stack)]
            for label in set(own):
                inside[label] = inside.get(label, 0.0) + weight
            if own:
                alone[own[-1]] = alone.get(own[-1], 0.0) + weight
        return inside, alone


def _as_text(text: str) -> str:
    return f"<details><summary>The flame graph as text</summary>{code_html(text)}</details>"
