"""A flame graph to look around in: a click on a function makes it as wide as the page."""

import json
from functools import cache
from html import escape
from importlib.resources import files

from app.lab.tools.profiling.tree import Node

_ROW = 20
"""Pixels."""
_MARGIN = 34
"""Pixels for the line that names what the pointer is on."""


def flame_graph(tree: Node, least: float) -> str:
    """HTML for a notebook; nodes that weigh less than ``least`` are left out.

    In a frame of its own, whose script can reach nothing outside of it.
    """
    depth = max(depth for depth, _ in tree.walk(least)) + 1
    # In a script, the only text that would end it.
    data = json.dumps(tree.to_json(least)).replace("</", "<\\/")
    page = _template().replace("__TREE__", data).replace("__ROW__", str(_ROW))
    return (
        f'<iframe title="Flame graph; the same is below as text" sandbox="allow-scripts" '
        # Of the same scheme as its page, a frame has no background: the notebook's shows through.
        f'style="width:100%;height:{depth * _ROW + _MARGIN}px;border:0;color-scheme:light" '
        f'srcdoc="{escape(page)}"></iframe>'
    )


@cache
def _template() -> str:
    return files(__package__).joinpath("flame.html").read_text(encoding="utf-8")
