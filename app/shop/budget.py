"""Do the connections of all workers fit into what PostgreSQL allows?"""

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
    now, the workers start all the same: ``/readyz`` tells.
    """
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
