"""Where a thread stands."""

import sys
from types import FrameType, SimpleNamespace
from typing import cast

from app.lab.serving.position import position


def test_the_innermost_line_is_named() -> None:
    here = position([sys._getframe()])
    assert here is not None
    assert here.function == "test_the_innermost_line_is_named"
    assert here.text == "here = position([sys._getframe()])"


def test_a_frame_between_two_lines_has_none() -> None:
    """As Python reports it, rarely, for a frame that another thread is executing."""
    frame = SimpleNamespace(f_code=sys._getframe().f_code, f_lineno=None)
    found = position([cast("FrameType", frame)])
    assert found is not None
    assert (found.line, found.text) == (0, "")
