"""The course's instruments; all that notebooks import: ``from app.lab import lab``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.lab.display.curves import Curves as Curves
    from app.lab.display.dots import Dots as Dots
    from app.lab.display.table import Table as Table
    from app.lab.load.capacity import Capacity as Capacity
    from app.lab.load.ceiling import null_server as null_server
    from app.lab.load.statistics import Ratio as Ratio
    from app.lab.load.statistics import enough_samples as enough_samples
    from app.lab.load.statistics import judge as judge
    from app.lab.load.target import Request as Request
    from app.lab.session import Lab
    from app.lab.tools.frameworks.rows import ratio_of as ratio_of
    from app.lab.wire.counting import Counted as Counted
    from app.lab.wire.counting import count_work as count_work

    lab: Lab

_HOMES = {
    "Capacity": "app.lab.load.capacity",
    "Counted": "app.lab.wire.counting",
    "Curves": "app.lab.display.curves",
    "Dots": "app.lab.display.dots",
    "Ratio": "app.lab.load.statistics",
    "Request": "app.lab.load.target",
    "Table": "app.lab.display.table",
    "count_work": "app.lab.wire.counting",
    "enough_samples": "app.lab.load.statistics",
    "judge": "app.lab.load.statistics",
    "null_server": "app.lab.load.ceiling",
    "ratio_of": "app.lab.tools.frameworks.rows",
}
"""The module of each name."""

__all__ = [
    "Capacity",
    "Counted",
    "Curves",
    "Dots",
    "Ratio",
    "Request",
    "Table",
    "count_work",
    "enough_samples",
    "judge",
    "lab",
    "null_server",
    "ratio_of",
]


def __getattr__(name: str) -> Any:
    # Imported at the first use, so that the command line does not import a web framework to print
    # help, nor a notebook what it does not need.
    if name == "lab":
        from app.lab.session import Lab

        globals()["lab"] = Lab()
    elif name in _HOMES:
        globals()[name] = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]
