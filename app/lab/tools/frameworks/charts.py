"""The comparison as a chart, with a panel for each job and a row for each framework."""

from typing import TYPE_CHECKING

from app.lab.display.axes import unobtrusive
from app.lab.display.style import default_style
from app.lab.tools.frameworks.jobs import JOBS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from app.lab.tools.frameworks.result import Results
    from app.lab.tools.frameworks.rows import Row

# Okabe and Ito's palette, safe for colour-blind readers; the marker repeats the meaning.
_STYLES = {"usual": ("o", "#0072B2", -0.14), "fastest": ("^", "#D55E00", 0.14)}
_ARTICLE = "#777777"


@default_style()
def chart(results: "Results") -> "Figure":
    """Requests per second on one core, on logarithmic axes, with their 95 % intervals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 2.2 + 0.8 * len(results.frameworks)), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True)
    for axes, job in zip(panels.flat, JOBS, strict=True):
        _panel(axes, results, job.slug)
        axes.set_title(job.title, fontsize=9, loc="left")
    names = [framework.title for framework in results.frameworks]
    panels[0][0].set_yticks(range(len(names)), names)
    panels[0][0].set_ylim(len(names) - 0.5, -0.5)
    figure.supxlabel("requests per second, one process on one core", fontsize=10)
    figure.legend(handles=_legend(), loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure


def _panel(axes: "Axes", results: "Results", job: str) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    for place, framework in enumerate(results.frameworks):
        for row in (r for r in results.of(job) if r.framework is framework):
            _dot(axes, place, row)
        if job == "constant":
            axes.plot(framework.article, place, "x", color=_ARTICLE, markersize=7)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    axes.tick_params(axis="x", labelrotation=30, labelsize=9)
    unobtrusive(axes, values="x")


def _dot(axes: "Axes", place: int, row: "Row") -> None:
    mark, colour, shift = _STYLES[row.access]
    height = place + (shift if row.job.reads else 0)
    if row.has_interval:
        axes.plot((row.rps.low, row.rps.high), (height, height), "-", color=colour, linewidth=2)
    axes.plot(row.rps.ratio, height, mark, color=colour, markersize=7)


def _legend() -> list[object]:
    from matplotlib.lines import Line2D

    names = {"usual": "usual data access", "fastest": "PostgreSQL writes the JSON"}
    marks: list[object] = [
        Line2D([], [], marker=mark, color=colour, linestyle="", label=names[access])
        for access, (mark, colour, _) in _STYLES.items()
    ]
    article = Line2D([], [], marker="x", color=_ARTICLE, linestyle="", label="the article's claim")
    return [*marks, article]


def alt_text(results: "Results") -> str:
    parts = []
    for job in JOBS:
        rows = sorted(results.of(job.slug), key=lambda row: -row.rps.ratio)
        if rows:
            rates = ", ".join(
                f"{row.framework.title}{f' ({row.access})' if job.reads else ''} "
                f"{row.rps.ratio:,.0f}"
                for row in rows
            )
            parts.append(f"{job.title}: {rates}")
    return f"Requests per second on one core. {'. '.join(parts)}."
