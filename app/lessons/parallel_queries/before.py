"""The dashboard's four queries, one after another."""

from fastapi import APIRouter, Response

from app.course.overlay import Overlay
from app.lessons.parallel_queries.parts import (
    ACCOUNT,
    NOTIFICATIONS,
    RECENT_ORDERS,
    STATISTICS,
    dashboard,
    read,
)
from app.shop.accounts.authorization import CurrentUser
from app.shop.dependencies import ReadSession

router = APIRouter(include_in_schema=False)


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser) -> Response:
    """The authenticated account at a glance: recent orders, statistics, new comments."""
    account = await read(session, ACCOUNT, user.id)
    recent_orders = await read(session, RECENT_ORDERS, user.id)
    statistics = await read(session, STATISTICS, user.id)
    notifications = await read(session, NOTIFICATIONS, user.id)
    return dashboard(user, account, recent_orders, statistics, notifications)


BEFORE = Overlay(routers=(router,))
