"""The dashboard endpoint."""

from fastapi import Response

from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.api import api_router
from app.shop.dashboard.queries import find_dashboard
from app.shop.dashboard.schemas import Dashboard
from app.shop.dependencies import DatabaseDep
from app.shop.errors import documented
from app.shop.json_sql import json_response

router = api_router("dashboard")


@router.get("/dashboard", response_model=Dashboard, responses=documented(401))
async def get_dashboard(database: DatabaseDep, user: CurrentUser) -> Response:
    """The authenticated account at a glance: recent orders, statistics, new comments."""
    body = await find_dashboard(database, user.id)
    if body is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    response = json_response(body)
    response.headers["Cache-Control"] = "private, no-store"
    return response
