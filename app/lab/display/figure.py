"""Charts as images that carry their own background and a text for who cannot see them."""

import base64
import io
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 96


def figure_html(figure: "Figure", alt: str) -> str:
    """An ``<img>`` of the figure at twice the screen's resolution, shown at its own size."""
    encoded = base64.b64encode(figure_png(figure)).decode()
    width = round(figure.get_figwidth() * _DOTS_PER_INCH)
    return (
        f'<img src="data:image/png;base64,{encoded}" width="{width}" '
        f'style="max-width:100%" alt="{escape(alt)}">'
    )


def figure_png(figure: "Figure") -> bytes:
    """The figure as PNG on an opaque white ground, so that it reads on dark pages too."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * _DOTS_PER_INCH, facecolor="white")
    return buffer.getvalue()
