"""One request's statements and Redis commands as bars on a time axis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.course.sql import labels, with_values
from app.lab.display.style import default_style
from app.lab.wire.ledger import Span

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette for colour blindness; the hatching distinguishes the kinds in grey, too.
_STYLES = {
    "statement": ("#0072B2", ""),
    "prepare": ("#56B4E9", "//"),
    "transaction": ("#999999", ".."),
    "copy": ("#009E73", "--"),
    "connect": ("#D55E00", "xx"),
    "redis": ("#CC79A7", "\\\\"),
}
_SHORTEST = 1 / 200
"""Share of the axis that any bar takes, so that it is seen."""
_LABELLED = 32
_LABEL_WIDTH = 42


@default_style()
def waterfall(spans: Sequence[Span], seconds: float) -> tuple["Figure", str]:
    """The chart of one request that took ``seconds``, and its alternative text."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    height = 1.1 + 0.2 * min(len(spans), _LABELLED)
    figure = Figure(figsize=(6.4, height), layout="constrained")
    axes = figure.subplots()
    for row, span in enumerate(spans):
        colour, hatch = _STYLES[span.kind]
        axes.barh(
            row,
            max(span.end - span.start, _SHORTEST * seconds) * 1000,
            left=span.start * 1000,
            color=colour,
            hatch=hatch,
            edgecolor="white" if hatch else colour,
            linewidth=0.3 if hatch else 0.8,
        )
    _label_rows(axes, spans)
    axes.set_xlim(0, seconds * 1000)
    axes.set_ylim(len(spans) - 0.4, -0.6)
    axes.set_xlabel("milliseconds since the request arrived")
    axes.spines[["top", "right", "left"]].set_visible(False)
    kinds = list(dict.fromkeys(span.kind for span in spans))
    handles = [Patch(facecolor=_STYLES[k][0], hatch=_STYLES[k][1], label=k) for k in kinds]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(kinds), frameon=False)
    return figure, _alternative_text(spans, seconds)


def _label_rows(axes: object, spans: Sequence[Span]) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    if len(spans) > _LABELLED:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(spans)} exchanges, in order")
        return
    shown = labels([with_values(span.text, span.parameters) for span in spans], _LABEL_WIDTH)
    if max(span.connection for span in spans) > 1:
        shown = [
            f"{text} {span.connection or ' '}" for text, span in zip(shown, spans, strict=True)
        ]
    axes.set_yticks(range(len(spans)), shown, fontsize=8, family="monospace", parse_math=False)
    axes.tick_params(left=False)


def _alternative_text(spans: Sequence[Span], seconds: float) -> str:
    statements = sum(span.kind == "statement" for span in spans)
    busy = sum(span.end - span.start for span in spans)
    connections = max(span.connection for span in spans)
    over = f" over {connections} connections to PostgreSQL" if connections > 1 else ""
    return (
        f"Waterfall of one request of {seconds * 1000:.1f} milliseconds: {len(spans)} exchanges "
        f"with the servers{over}, one below the other, {statements} of them SQL statements; "
        f"{min(busy / seconds, 1):.0%} of the time is spent waiting for them."
    )
