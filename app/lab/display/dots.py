"""Values in the order in which they were measured, with a dot for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.lab.display.axes import unobtrusive
from app.lab.display.figure import figure_html
from app.lab.display.style import default_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Dots:
    """A chart with a dot for each value and a line at their mean.

    The vertical axis begins at zero, so that differences look as large as they are.
    """

    values: Sequence[float]
    """In the order in which they were measured, at least one."""
    name: str
    """The quantity and its unit, such as ``requests per second``."""
    each: str
    """What has one value, such as ``window`` or ``request``."""

    @property
    def mean(self) -> float:
        """The arithmetic mean of the values."""
        return sum(self.values) / len(self.values)

    @default_style()
    def chart(self) -> "Figure":
        """The chart.

        Returns:
            Matplotlib's figure, to change or to save.
        """
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(range(1, len(self.values) + 1), self.values, "o", color="#0072B2", markersize=5)
        axes.axhline(self.mean, color="#555555", linestyle="--", linewidth=1)
        axes.annotate(
            "mean", (1, self.mean), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", color="#555555",
        )  # fmt: skip
        axes.set_ylim(0, 1.1 * max(self.values))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
        axes.set_xlabel(f"{self.each}, in order of time")
        axes.set_ylabel(self.name)
        unobtrusive(axes, values="y")
        return figure

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return (
            f"{len(self.values)} {self.each}s: {self.name} from {low:,.0f} to {high:,.0f}, "
            f"mean {self.mean:,.0f}"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return figure_html(self.chart(), f"A dot for each value. {self}.")
