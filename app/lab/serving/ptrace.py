"""Permission for other processes to look at this one."""

import ctypes
import sys
from contextlib import suppress

_PR_SET_PTRACER = 0x59616D61
_ANY = -1


def let_others_look() -> None:
    """Let any process of the same user read this one's memory, where Linux restricts that to its
    ancestors (Yama's ``ptrace_scope`` of 1, as on Ubuntu). Elsewhere nothing changes."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(_ANY), 0, 0, 0)
