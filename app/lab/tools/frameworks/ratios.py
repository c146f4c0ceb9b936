"""Each framework as a multiple of FastAPI, at the same job with the same kind of data access."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from app.lab.display.axes import unobtrusive
from app.lab.display.figure import figure_html
from app.lab.display.style import default_style
from app.lab.display.table import Table
from app.lab.load.statistics import Ratio, times
from app.lab.load.wording import UNKNOWN
from app.lab.tools.frameworks.jobs import JOBS
from app.lab.tools.frameworks.rows import ratio_of
from app.lab.tools.frameworks.tables import SHORT_TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from app.lab.tools.frameworks.result import Results

BASE = "fastapi"
# Okabe and Ito's palette, safe for colour-blind readers; the marker repeats the meaning.
_STYLES = {
    "flask": ("s", "#E69F00"),
    "django": ("v", "#009E73"),
    "express": ("D", "#0072B2"),
    "gin": ("^", "#D55E00"),
}


@dataclass(frozen=True)
class Ratios:
    """A row for each kind of request, a column for each framework but FastAPI."""

    titles: Mapping[str, str]
    """Of the frameworks, by slug."""
    claimed: Mapping[str, float]
    """The ratios in the article's table."""
    measured: Mapping[str, Mapping[str, Ratio | None]]
    """By kind of request, then by slug."""

    @classmethod
    def of(cls, results: "Results") -> "Ratios":
        others = [f for f in results.frameworks if f.slug != BASE]
        article = next((f.article for f in results.frameworks if f.slug == BASE), None)
        return cls(
            {f.slug: f.title for f in others},
            {f.slug: f.article / article for f in others} if article else {},
            {
                SHORT_TITLES[job.slug] + (f", {access}" if job.reads else ""): {
                    f.slug: ratio_of(
                        results.row(f.slug, job.slug, access), results.row(BASE, job.slug, access)
                    )
                    for f in others
                }
                for job in JOBS
                for access in job.accesses
            },
        )

    def table(self) -> Table:
        claimed = [times(self.claimed[slug]) for slug in self.claimed]
        rows = [
            [kind, *(_cell(ratios[slug]) for slug in self.titles)]
            for kind, ratios in self.measured.items()
        ]
        caption = (
            "Requests per second as a multiple of FastAPI's at the same job with the same kind of "
            "data access, each with one process on one core; in brackets the 95 % interval, if "
            "there were enough windows. Measured on this machine."
        )
        headers = ["", *self.titles.values()]
        return Table(headers, [["the article", *claimed], *rows], caption)

    @default_style()
    def chart(self) -> "Figure":
        from matplotlib.figure import Figure

        kinds: Sequence[str] = ("the article", *self.measured)
        figure = Figure(figsize=(6.4, 1.3 + 0.5 * len(kinds)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(1, color="black", linewidth=1)
        axes.axhline(0.5, color="#999999", linewidth=0.8, linestyle=":")
        for place, slug in enumerate(self.titles):
            self._draw(axes, slug, 0.14 * (place - (len(self.titles) - 1) / 2))
        _scale(axes)
        axes.set_yticks(range(len(kinds)), kinds)
        axes.set_ylim(len(kinds) - 0.5, -0.5)
        axes.set_xlabel("requests per second, as a multiple of FastAPI's (bar: 95 % interval)")
        figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
        return figure

    def _draw(self, axes: "Axes", slug: str, shift: float) -> None:
        mark, colour = _STYLES[slug]
        axes.plot(self.claimed[slug], shift, mark, color=colour, markersize=7)
        for place, ratios in enumerate(self.measured.values(), start=1):
            if ratio := ratios[slug]:
                if isfinite(ratio.high):
                    ends = ratio.low, ratio.high
                    axes.plot(ends, (place + shift,) * 2, "-", color=colour, linewidth=2)
                axes.plot(ratio.ratio, place + shift, mark, color=colour, markersize=7)
        axes.plot([], [], mark, color=colour, label=self.titles[slug])

    def alt_text(self) -> str:
        kinds = [("the article", {s: times(r) for s, r in self.claimed.items()})]
        kinds += [
            (kind, {slug: times(ratio.ratio) for slug, ratio in ratios.items() if ratio})
            for kind, ratios in self.measured.items()
        ]
        parts = [
            f"{kind}: " + ", ".join(f"{self.titles[slug]} {text}" for slug, text in ratios.items())
            for kind, ratios in kinds
        ]
        return f"Requests per second as a multiple of FastAPI's. {'. '.join(parts)}."

    def __str__(self) -> str:
        return str(self.table())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(str(self))

    def _repr_html_(self) -> str:
        chart = figure_html(self.chart(), self.alt_text()) if self.claimed else ""
        return f"{chart}{self.table().html()}"


def _cell(ratio: Ratio | None) -> str:
    if ratio is None:
        return UNKNOWN
    if not isfinite(ratio.high):
        return times(ratio.ratio)
    return f"{times(ratio.ratio)} ({times(ratio.low)} to {times(ratio.high)})"


def _scale(axes: "Axes") -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}×")
    unobtrusive(axes, values="x")
