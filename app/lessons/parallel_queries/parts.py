"""The dashboard's four queries as statements of their own, and the response made of them."""

from fastapi import Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.accounts.authorization import EVERYONE, Unauthorized, User
from app.shop.accounts.queries import OWN_ACCOUNT
from app.shop.dashboard import queries
from app.shop.json_sql import json_response, json_row


def _statement(name: str, sql: str) -> str:
    """A statement that returns one part as the text of its JSON, with its name as a comment."""
    scopes = ", ".join(f"'{scope}'" for scope in sorted(EVERYONE))
    return f"SELECT /* {name} */ {sql}::text".replace("$1", ":account_id").replace(
        "$2", f"ARRAY[{scopes}]"
    )


ACCOUNT = _statement("account", json_row(OWN_ACCOUNT))
RECENT_ORDERS = _statement("recent orders", queries.RECENT_ORDERS)
STATISTICS = _statement("statistics", queries.STATISTICS)
NOTIFICATIONS = _statement("notifications", queries.NOTIFICATIONS)
QUERIES = (ACCOUNT, RECENT_ORDERS, STATISTICS, NOTIFICATIONS)


async def read(session: AsyncSession, query: str, account_id: int) -> str | None:
    """One part of the dashboard as JSON; ``None`` if there is no such account."""
    part: str | None = await session.scalar(text(query), {"account_id": account_id})
    return part


def dashboard(
    user: User,
    account: str | None,
    recent_orders: str | None,
    statistics: str | None,
    notifications: str | None,
) -> Response:
    """The response with the four parts. Raises ``Unauthorized`` if the account is ``None``."""
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    response = json_response(
        f'{{"account":{account},"recent_orders":{recent_orders},'
        f'"statistics":{statistics},"notifications":{notifications}}}'
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
