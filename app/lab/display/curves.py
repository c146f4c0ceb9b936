"""Quantities that depend on another one, with a line for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.course.errors import CourseError
from app.lab.display.axes import unobtrusive
from app.lab.display.figure import figure_html
from app.lab.display.style import default_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, safe for colour-blind readers. marks and dashes tell lines apart as well.
_LINES = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#555555", "D", ":"),
)
_LOG_FROM = 10.0
_MOST_TICKS = 8
"""Places on the horizontal axis that are all labelled; of more, only round numbers are."""


@dataclass(frozen=True)
class Curves:
    """A chart with a line for each of up to four series.

    The vertical axis begins at zero. The horizontal one is logarithmic if its largest value is at
    least ten times its smallest one. Raises ``CourseError`` without any point, or for more series
    than can be told apart.
    """

    series: Mapping[str, Mapping[float, float]]
    """The points of each series by its name: ``y`` by ``x``, in ascending order of ``x``."""
    x: str
    """The quantity on the horizontal axis and its unit."""
    y: str
    """The quantity on the vertical axis and its unit."""
    share: bool = False
    """Whether the values are shares of one, to be shown as percentages."""

    def __post_init__(self) -> None:
        if not self.series or not all(self.series.values()):
            raise CourseError("Curves need at least one series, and each at least one point.")
        if len(self.series) > len(_LINES):
            raise CourseError(f"Curves show at most {len(_LINES)} series; not {len(self.series)}.")

    @default_style()
    def chart(self) -> "Figure":
        """The chart.

        Returns:
            Matplotlib's figure, to change or to save.
        """
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        axes = figure.subplots()
        for (name, points), (colour, mark, dashes) in zip(
            self.series.items(), _LINES, strict=False
        ):
            axes.plot(
                list(points), list(points.values()), dashes, marker=mark, color=colour, label=name
            )
        self._scale(axes)
        axes.set_xlabel(self.x)
        axes.set_ylabel(self.y)
        unobtrusive(axes, values="y")
        if len(self.series) > 1:
            axes.legend(frameon=False)
        return figure

    def _scale(self, axes: "Axes") -> None:
        from matplotlib.ticker import NullLocator, PercentFormatter

        places = sorted({place for points in self.series.values() for place in points})
        if places[0] > 0 and places[-1] >= _LOG_FROM * places[0]:
            axes.set_xscale("log")
            axes.xaxis.set_minor_locator(NullLocator())
        if len(places) <= _MOST_TICKS:
            axes.set_xticks(places, [f"{place:,g}" for place in places])
        else:
            axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
        highest = max(value for points in self.series.values() for value in points.values())
        axes.set_ylim(0, 1.1 * highest or 1)
        if self.share:
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        else:
            axes.yaxis.set_major_formatter(lambda y, _: f"{y:,g}")

    def __str__(self) -> str:
        lines = [
            f"{name}: " + ", ".join(f"{self._shown(y)} at {x:,g}" for x, y in points.items())
            for name, points in self.series.items()
        ]
        return "\n".join([f"{self.y} by {self.x}", *lines])

    def _shown(self, value: float) -> str:
        return f"{value:.0%}" if self.share else f"{value:,g}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return figure_html(self.chart(), ". ".join(str(self).splitlines()))
