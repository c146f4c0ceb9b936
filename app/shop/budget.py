"""What several workers have together: do their connections fit, do they share a cache?"""

import logging

from app.shop.database import Database
from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings

_ALLOWED = """
    SELECT current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0)
"""

log = logging.getLogger(__name__)


class BudgetExceeded(Exception):
    """The workers' pools could open more connections than PostgreSQL accepts."""


async def check_budget(database: Database, settings: Settings) -> None:
    """Raises ``BudgetExceeded`` where the pools of all workers together are too large.

    Without this the last requests of a busy hour would find out. Where PostgreSQL cannot be asked
    now, the workers start all the same: ``/readyz`` tells. Of caches that know nothing of each
    other it only warns: answers are then out of date for a while, and for some that is fine.
    """
    _warn_of_separate_caches(settings)
    wanted = settings.workers * settings.pool_size
    try:
        allowed: int = await database.fetch_value(_ALLOWED)
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
            "%d workers without REDIS_URL: each keeps a cache of its own and does not hear of what "
            "the others write, so it may answer with what is up to %g seconds old.",
            settings.workers,
            settings.cache_seconds,
        )
