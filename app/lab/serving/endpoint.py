"""The function that answers a request."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path

from app.course.errors import CourseError


def endpoint_at(routes: Sequence[BaseRoute], path: str, method: str = "GET") -> Callable[..., Any]:
    """The first of the endpoints that answers a request with this method at ``path``.

    Raises ``CourseError`` if there is none.
    """
    sought = path.partition("?")[0]
    for route in iter_route_contexts(routes):
        if route.path and route.endpoint and method in (route.methods or ()):
            pattern, _, _ = compile_path(route.path)
            if pattern.match(sought):
                return route.endpoint
    raise CourseError(f"The application has no endpoint for {method} {path}.")
