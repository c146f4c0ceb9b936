"""How the axes of every chart look."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def unobtrusive(axes: "Axes", *, values: Literal["x", "y"]) -> None:
    """Light lines behind the data, at the ticks of the axis with the ``values``; no frame."""
    axes.grid(axis=values, color="#dddddd")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
