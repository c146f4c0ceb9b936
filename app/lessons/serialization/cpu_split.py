"""Where the time of a request goes, from a sampling profile."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.shop.edge.profile import Profile, Steps

WAITING = "waiting for PostgreSQL"
OTHER = "everything else"

# The innermost of these modules in the stack says what a sample is part of. Pydantic and orjson are
# compiled, but what calls them is Python.
PARTS = {
    "fastapi.encoders": "jsonable_encoder",
    "app.lessons.serialization.rows": "to_dict",
    "sqlalchemy": "SQLAlchemy: rows to objects",
    "pydantic.type_adapter": "Pydantic",
    "starlette.responses": "the response, with orjson",
}


class CpuSplit:
    """Profiles requests, one at a time, and adds up where their time went."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys((*PARTS.values(), OTHER, WAITING), 0.0)
        self.layer = Middleware(self._around)
        """To put around an application."""

    @property
    def shares(self) -> dict[str, float]:
        """The share of each part in the time of all requests, the largest first; at least one
        request must have been made."""
        total = sum(self._seconds.values())
        parts = sorted(self._seconds, key=lambda part: -self._seconds[part])
        return {part: self._seconds[part] / total for part in parts}

    def _around(self, app: ASGIApp) -> ASGIApp:
        async def profiled(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return

            async def run() -> None:
                await app(scope, receive, send)

            profile = Profile(_part)
            with _undistorted():
                profile.start()
                try:
                    await Steps(run(), profile)
                finally:
                    profile.stop()
            for part, seconds in {**profile.by_place(), WAITING: profile.waiting}.items():
                self._seconds[part] += seconds

        return profiled


@contextmanager
def _undistorted() -> Iterator[None]:
    """Prepare this process for a sampling thread.

    By default it gets the interpreter within 5 ms, so there would be a few samples of each request,
    always at the same places. And what a kernel has gathered so far belongs to no request, but each
    full garbage collection looks at all of it.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        for name, part in PARTS.items():
            if module == name or module.startswith(f"{name}."):
                return part
        frame = frame.f_back
    return OTHER
