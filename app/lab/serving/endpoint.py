"""The function that answers a request."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match

from app.course.errors import CourseError


def endpoint_at(routes: Sequence[BaseRoute], path: str, method: str = "GET") -> Callable[..., Any]:
    """The first of the endpoints that answers a request with this method at ``path``.

    Raises ``CourseError`` if none of the routes is one of FastAPI's for that request.
    """
    scope = {
        "type": "http",
        "method": method,
        "path": path.partition("?")[0],
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    for route in routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
            return route.endpoint
    raise CourseError(f"The application has no endpoint for {method} {path}.")
