"""The dashboard's four queries, one after another."""

from fastapi import APIRouter, Response

from app.course.entities import dashboard
from app.course.entities.accounts import find_own_account
from app.course.overlay import Overlay
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.dashboard.schemas import Dashboard
from app.shop.dependencies import ReadSession

router = APIRouter(include_in_schema=False)


@router.get("/dashboard")
async def get_dashboard(session: ReadSession, user: CurrentUser, response: Response) -> Dashboard:
    """The account of the token at a glance: recent orders, what was spent, who commented."""
    account = await find_own_account(session, user.id)
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    response.headers["Cache-Control"] = "private, no-store"
    return Dashboard(
        account=account,
        recent_orders=await dashboard.recent_orders(session, user.id),
        statistics=await dashboard.order_statistics(session, user.id),
        notifications=await dashboard.notifications(session, user.id),
    )


BEFORE = Overlay(routers=(router,))
