"""The dashboard's questions, one after the other."""

from fastapi import APIRouter, Response

from app.lessons.shops import Before
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.accounts.queries import find_own_account
from app.shop.dashboard import queries
from app.shop.dashboard.schemas import Dashboard
from app.shop.dependencies import DatabaseDep
from app.shop.errors import documented
from app.shop.json_sql import json_response

router = APIRouter(tags=["dashboard"])


@router.get("/dashboard", response_model=Dashboard, responses=documented(401))
async def get_dashboard(database: DatabaseDep, user: CurrentUser) -> Response:
    """The account of the token at a glance: recent orders, what was spent, who commented."""
    account = await find_own_account(database, user.id)
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    orders = await queries.recent_orders(database, user.id)
    statistics = await queries.order_statistics(database, user.id)
    notifications = await queries.notifications(database, user.id)
    response = json_response(
        f'{{"account":{account},"recent_orders":{orders},'
        f'"statistics":{statistics},"notifications":{notifications}}}'
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


BEFORE = Before(routers=(router,))
