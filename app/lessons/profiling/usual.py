"""The middleware that profiles with cProfile, as it is copied from article to article."""

import cProfile
import pstats
from collections.abc import Iterable
from typing import Any

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

collected: list[pstats.Stats] = []
"""The original prints them."""


class ProfileByHeader(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if "x-profile" not in request.headers:
            return await call_next(request)
        profile = cProfile.Profile()
        profile.enable()
        response = await call_next(request)
        profile.disable()
        collected.append(pstats.Stats(profile))
        return response


def calls(stats: pstats.Stats, function: str) -> int:
    """How often a function was called."""
    return sum(counts[1] for key, counts in _entries(stats) if key[2] == function)


def share(stats: pstats.Stats, function: str) -> float:
    """A function's share of the time, with everything that it calls."""
    total: float = sum(counts[2] for _, counts in _entries(stats))
    own: float = sum(counts[3] for key, counts in _entries(stats) if key[2] == function)
    return own / total


def _entries(stats: pstats.Stats) -> Iterable[tuple[Any, Any]]:
    """Pairs of file, line and name; and calls, all calls, own time, cumulative time, callers."""
    entries: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]
    return entries.items()
