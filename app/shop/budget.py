"""Start-up checks across workers: the total number of connections, and a shared cache."""

import logging

from app.shop.database import Database
from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings

# A limit of the role or the database is how several applications share a server. Superusers have
# none. least() ignores NULL, which stands for no limit.
_AVAILABLE = """
    SELECT least(
        current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
        (SELECT least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1))
         FROM pg_roles, pg_database
         WHERE rolname = current_user AND NOT rolsuper AND datname = current_database())
    )
"""

log = logging.getLogger(__name__)


class BudgetExceeded(Exception):
    """The workers' pools could open more connections than PostgreSQL accepts."""


async def check_budget(database: Database, settings: Settings) -> None:
    """Raise ``BudgetExceeded`` if the pools of all workers together are too large.

    Without this check, requests would fail only at peak load. If PostgreSQL cannot be reached, the
    check is skipped and the workers start: ``/readyz`` reports the outage. Workers without a shared
    cache only cause a warning, since serving stale responses for a while can be acceptable.
    """
    _warn_of_separate_caches(settings)
    wanted = settings.workers * settings.pool_size
    try:
        allowed: int = await database.fetch_value(_AVAILABLE)
    except DatabaseUnavailable as error:
        log.warning("PostgreSQL cannot be reached yet: %s", error)
        return
    if wanted > allowed:
        raise BudgetExceeded(
            f"{settings.workers} workers with pools of {settings.pool_size} may open {wanted} "
            f"connections, and PostgreSQL accepts {allowed}. Lower POOL_SIZE or WORKERS, or raise "
            "max_connections."
        )


def _warn_of_separate_caches(settings: Settings) -> None:
    if settings.workers > 1 and settings.redis_url is None:
        log.warning(
            "%d workers without REDIS_URL: each has its own cache, which writes by the others do "
            "not invalidate, so responses may be up to %g seconds out of date.",
            settings.workers,
            settings.cache_seconds,
        )
