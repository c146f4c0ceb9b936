"""Charts as images with a background of their own and alternative text."""

import base64
import io
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 96


def figure_html(figure: "Figure", alt: str) -> str:
    """An ``<img>`` of the figure, rendered at twice the resolution at which it is shown."""
    encoded = base64.b64encode(figure_png(figure)).decode()
    width = round(figure.get_figwidth() * _DOTS_PER_INCH)
    return (
        f'<img src="data:image/png;base64,{encoded}" width="{width}" '
        f'style="max-width:100%" alt="{escape(alt)}">'
    )


def figure_png(figure: "Figure") -> bytes:
    """The figure as PNG, on an opaque white background so that it is legible on dark pages too."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DOTS_PER_INCH, facecolor="white")
    return buffer.getvalue()
