"""The dashboard endpoint: four independent queries, run concurrently."""

import asyncio

from fastapi import Response

from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.accounts.queries import find_own_account
from app.shop.api import api_router
from app.shop.dashboard import queries
from app.shop.dashboard.schemas import Dashboard
from app.shop.database import Database
from app.shop.dependencies import DatabaseDep
from app.shop.errors import documented
from app.shop.json_sql import json_response

router = api_router("dashboard")


@router.get("/dashboard", response_model=Dashboard, responses=documented(401))
async def get_dashboard(database: DatabaseDep, user: CurrentUser) -> Response:
    """The authenticated account at a glance: recent orders, statistics, new comments."""
    body = await _read_dashboard(database, user.id)
    if body is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    response = json_response(body)
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _read_dashboard(database: Database, account_id: int) -> str | None:
    """The dashboard as JSON, or ``None`` if the account does not exist.

    It uses up to four connections, one per statement. No task holds a connection while it waits for
    another, so a small or busy pool cannot cause a deadlock.
    """
    try:
        async with asyncio.TaskGroup() as group:
            account = group.create_task(find_own_account(database, account_id))
            orders = group.create_task(queries.recent_orders(database, account_id))
            statistics = group.create_task(queries.order_statistics(database, account_id))
            notifications = group.create_task(queries.notifications(database, account_id))
    except ExceptionGroup as errors:
        # Unwrapped, because exception handlers are registered for single exceptions.
        raise errors.exceptions[0] from errors
    if account.result() is None:
        return None
    return (
        f'{{"account":{account.result()},"recent_orders":{orders.result()},'
        f'"statistics":{statistics.result()},"notifications":{notifications.result()}}}'
    )
