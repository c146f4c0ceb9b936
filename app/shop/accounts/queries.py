"""Reading accounts. PostgreSQL writes the JSON of what the public may see."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.json_sql import fetch_json, find_json, json_array, json_list, json_object
from app.shop.models import Account

_POSTS = "SELECT id, title FROM posts WHERE author_id = account.id"
_COMMENTS = "SELECT id, post_id, body FROM comments WHERE author_id = account.id"
_USERS = f"""
    SELECT id, full_name, country,
           {json_array(_POSTS)} AS posts, {json_array(_COMMENTS)} AS comments
    FROM accounts AS account
"""
_LIST = json_list(f"{_USERS} WHERE id > :after ORDER BY id LIMIT :limit")
_ONE = json_object(f"{_USERS} WHERE id = :id")


async def list_users(session: AsyncSession, limit: int, after: int = 0) -> str:
    """A JSON array of at most ``limit`` users by id, those above the id ``after``."""
    return await fetch_json(session, _LIST, limit=limit, after=after)


async def find_user(session: AsyncSession, user_id: int) -> str | None:
    """The user as a JSON object, or ``None``."""
    return await find_json(session, _ONE, id=user_id)


async def find_account(session: AsyncSession, account_id: int) -> Account | None:
    """The account itself, for the transaction that needs it."""
    return await session.get(Account, account_id)
