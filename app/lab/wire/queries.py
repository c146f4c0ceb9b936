"""The statements of one request as PostgreSQL received them, to ask for their plans later."""

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_NOT_THE_APPLICATION = (
    "<frozen",
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(__file__).parents[1]),  # the lab
)


@dataclass(frozen=True, slots=True)
class Query:
    """One execution of a statement."""

    text: str
    types: tuple[int, ...] = ()
    """The OID of each parameter's type; empty where PostgreSQL has to infer them."""
    formats: tuple[int, ...] = ()
    """Of each parameter: 0 for text, 1 for binary."""
    values: tuple[bytes | None, ...] = ()
    """As they were sent; ``None`` for NULL."""
    sent_by: str = ""
    """The function of the application that sent it, with its file and line."""


def sender() -> str:
    """The innermost function that is running and belongs neither to a library nor to the lab."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_NOT_THE_APPLICATION):
            return f"{code.co_qualname} ({Path(code.co_filename).name}:{frame.f_lineno})"
        frame = frame.f_back
    return ""
