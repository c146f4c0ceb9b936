"""Charts of measurements. Shape and position carry the meaning; colour only repeats it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.lab.display.axes import unobtrusive
from app.lab.display.style import default_style
from app.lab.load.histogram import Histogram
from app.lab.load.statistics import Ratio, Verdict, times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, safe for colour-blind readers.
_MARKS = {
    Verdict.FASTER: ("^", "#009E73"),
    Verdict.SLOWER: ("v", "#D55E00"),
    Verdict.SAME: ("s", "#0072B2"),
    Verdict.UNSHOWN: ("o", "#555555"),
    Verdict.NOISY: ("o", "#555555"),
}
_LINES = (("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"))
_LOG_FROM = 4.0


@default_style()
def ratio_chart(
    baseline: str,
    ratios: Mapping[str, Ratio | None],
    verdicts: Mapping[str, Verdict],
    speed: str,
) -> "Figure":
    """A dot with its 95 % interval for each arm, and a line at 1 for the baseline."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 1.6 + 0.45 * (len(ratios) + 1)), layout="constrained")
    axes = figure.subplots()
    known = [ratio for ratio in ratios.values() if ratio]
    _scale(axes, known)
    axes.axvline(1, color="black", linewidth=1)
    axes.plot(1, 0, "D", color="black", markersize=7)
    left, right = axes.get_xlim()
    for row, (arm, ratio) in enumerate(ratios.items(), start=1):
        if ratio is None:
            axes.text(1, row, "  invalid", va="center", color="#555555")
            continue
        mark, colour = _MARKS[verdicts[arm]]
        ends = (max(ratio.low, left), min(ratio.high, right))
        axes.plot(ends, (row, row), "-", color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot(ratio.ratio, row, mark, color=colour, markersize=9)
        axes.annotate(
            times(ratio.ratio), (ratio.ratio, row), (0, 8), textcoords="offset points", ha="center"
        )
    axes.set_yticks(range(len(ratios) + 1), [baseline, *ratios])
    axes.set_ylim(len(ratios) + 0.6, -0.6)
    axes.set_xlabel(f"{speed}, as a multiple of “{baseline}”\n(bar: 95 % interval)")
    unobtrusive(axes, values="x")
    return figure


def _scale(axes: "Axes", ratios: list[Ratio]) -> None:
    """Make room for dots and intervals; clip unbounded intervals at the edge."""
    values = [1.0, *(r.ratio for r in ratios)]
    ends = [end for r in ratios for end in (r.low, r.high)]
    low = max(min([*values, *ends]), min(values) / 3)
    high = min(max([*values, *ends]), max(values) * 3)
    if high > _LOG_FROM or low < 1 / _LOG_FROM:
        _logarithmic(axes, "×")
        axes.set_xlim(low / 1.4, high * 1.4)
        return
    room = max((high - low) * 0.15, 0.05)
    axes.set_xlim(max(low - room, 0), high + room)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}×")


def _logarithmic(axes: "Axes", unit: str) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}{unit}")


@default_style()
def latency_chart(histograms: Mapping[str, Histogram]) -> "Figure":
    """The cumulative distribution of latencies, one line per arm."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for index, (name, histogram) in enumerate(histograms.items()):
        seconds, shares = histogram.cumulative()
        colour, style = _LINES[index % len(_LINES)]
        milliseconds = [1e3 * second for second in seconds]
        axes.plot(milliseconds, shares, style, color=colour, drawstyle="steps-post", label=name)
    _logarithmic(axes, "")
    axes.set_xlabel("latency, ms")
    axes.set_ylabel("requests answered within that time")
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    if len(histograms) > 1:
        axes.legend(frameon=False)
    unobtrusive(axes, values="x")
    return figure
