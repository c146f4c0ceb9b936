"""The course's instruments: ``from app.lab import lab``."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.lab.session import Lab

    lab: Lab

__all__ = ["lab"]


def __getattr__(name: str) -> Any:
    # Made at the first use, so that the command line does not import a web framework to print help.
    if name != "lab":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from app.lab.session import Lab

    globals()["lab"] = Lab()
    return globals()["lab"]
