"""Which endpoints depend on nothing but the URL."""

from dataclasses import fields

from fastapi.dependencies.models import Dependant

from app.shop.dependencies import get_cache, get_database

_PROVIDERS = (get_cache, get_database)
"""Dependencies that are the same for every caller."""

_ALLOWED = frozenset(
    {
        "path_params",
        "query_params",
        # How FastAPI calls the endpoint, and its dependencies, which are checked one by one.
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
    """Whether every request for the same URL gets the same from these parameters and dependencies.

    Whatever is not known to be harmless counts as a dependency on the caller: headers, cookies, the
    request itself, security schemes, and any field that a later FastAPI adds.
    """
    return all(
        field.name in _ALLOWED or not getattr(dependant, field.name) for field in fields(dependant)
    ) and all(dependency.call in _PROVIDERS for dependency in dependant.dependencies)
