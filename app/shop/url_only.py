"""Detection of endpoints that depend on nothing but the URL."""

from dataclasses import fields

from fastapi.dependencies.models import Dependant

from app.shop.dependencies import get_cache, get_database

_PROVIDERS = (get_cache, get_database)
"""Dependencies that return the same for every caller."""

_ALLOWED = frozenset(
    {
        "path_params",
        "query_params",
        # How FastAPI calls the endpoint; ``dependencies`` are checked one by one.
        "call",
        "concurrency",
        "dependencies",
        "name",
        "path",
        "scope",
        "use_cache",
    }
)


def depends_on_url_only(dependant: Dependant) -> bool:
    """Whether parameters and dependencies have the same values for every request to a URL.

    Everything that is not explicitly allowed counts as a dependency on the caller: headers,
    cookies, the request itself, security schemes, and any field that a later FastAPI adds.
    """
    return all(
        field.name in _ALLOWED or not getattr(dependant, field.name) for field in fields(dependant)
    ) and all(dependency.call in _PROVIDERS for dependency in dependant.dependencies)
