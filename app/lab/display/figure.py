"""Charts as images with alternative text, in the light or dark colours of the page."""

import base64
import io
from html import escape
from typing import TYPE_CHECKING

from app.lab.display.style import default_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 96
# Jupyter's dark themes set this variable to 32, its light ones to 0. The colours keep their hue.
_DARK = "min(1, var(--jp-shadow-base-lightness, 0))"
_FOLLOW_THEME = f"filter:invert(calc(0.93 * {_DARK})) hue-rotate(calc(180deg * {_DARK}))"


def figure_html(figure: "Figure", alt: str) -> str:
    """An ``<img>`` of the figure, rendered at twice the resolution at which it is shown."""
    encoded = base64.b64encode(figure_png(figure)).decode()
    width = round(figure.get_figwidth() * _DOTS_PER_INCH)
    return (
        f'<img src="data:image/png;base64,{encoded}" width="{width}" '
        f'style="max-width:100%;{_FOLLOW_THEME}" alt="{escape(alt)}">'
    )


@default_style()
def figure_png(figure: "Figure") -> bytes:
    """The figure as PNG, on an opaque background so that it is legible on any page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DOTS_PER_INCH, facecolor="white")
    return buffer.getvalue()
