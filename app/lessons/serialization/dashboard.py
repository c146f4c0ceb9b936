"""The dashboard from ORM objects and aggregates, its four parts read concurrently."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.course.entities import dashboard
from app.course.entities.accounts import find_own_account
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.dashboard.schemas import Dashboard
from app.shop.database import Database
from app.shop.dependencies import DatabaseDep

router = APIRouter(include_in_schema=False)

T = TypeVar("T")


@router.get("/dashboard")
async def get_dashboard(database: DatabaseDep, user: CurrentUser, response: Response) -> Dashboard:
    """The account of the token at a glance: recent orders, what was spent, who commented."""
    shown = await _read_dashboard(database, user.id)
    if shown is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    response.headers["Cache-Control"] = "private, no-store"
    return shown


async def _read_dashboard(database: Database, account_id: int) -> Dashboard | None:
    """The dashboard, or ``None`` where there is no such account."""

    async def part(read: Callable[[AsyncSession, int], Awaitable[T]]) -> T:
        async with database.reading() as session:
            return await read(session, account_id)

    try:
        async with asyncio.TaskGroup() as group:
            account = group.create_task(part(find_own_account))
            orders = group.create_task(part(dashboard.recent_orders))
            statistics = group.create_task(part(dashboard.order_statistics))
            notifications = group.create_task(part(dashboard.notifications))
    except ExceptionGroup as errors:
        # Unwrapped: the shop's error handlers expect a single exception, not a group.
        raise errors.exceptions[0] from errors
    found = account.result()
    if found is None:
        return None
    return Dashboard(
        account=found,
        recent_orders=orders.result(),
        statistics=statistics.result(),
        notifications=notifications.result(),
    )
