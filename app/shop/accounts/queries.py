"""Queries for accounts. PostgreSQL serializes the responses to JSON."""

from typing import NamedTuple

from sqlalchemy import select, update

from app.shop.accounts.authorization import EVERYONE
from app.shop.database import Database
from app.shop.json_sql import fetch_json, find_json, json_array, json_list, json_object, utc
from app.shop.models import Account

_POSTS = "SELECT id, title FROM posts WHERE author_id = account.id"
_COMMENTS = "SELECT id, post_id, body FROM comments WHERE author_id = account.id"
_USERS = f"""
    SELECT id, full_name, country,
           {json_array(_POSTS)} AS posts, {json_array(_COMMENTS)} AS comments
    FROM accounts AS account
"""
_LIST = json_list(f"{_USERS} WHERE id > $1 ORDER BY id LIMIT $2")
_ONE = json_object(f"{_USERS} WHERE id = $1")

_SCOPES = """
    ARRAY(SELECT DISTINCT scope COLLATE "C" FROM unnest(scopes || $2::text[]) AS scope ORDER BY 1)
"""
OWN_ACCOUNT = f"""
    SELECT id, email, full_name, country, {_SCOPES} AS scopes, {utc("created_at")} AS created_at
    FROM accounts WHERE id = $1
"""
"""An account as its owner may see it: ``$1`` is its id, ``$2`` the scopes of every account."""
_OWN = json_object(OWN_ACCOUNT)


class Credentials(NamedTuple):
    """What a login needs to know of an account. The hash may be unusable."""

    id: int
    password_hash: str
    scopes: list[str]


async def list_users(database: Database, limit: int, after: int = 0) -> str:
    """A JSON array of at most ``limit`` users with ids above ``after``, by id."""
    return await fetch_json(database, _LIST, after, limit)


async def find_user(database: Database, user_id: int) -> str | None:
    """The user as a JSON object, or ``None``."""
    return await find_json(database, _ONE, user_id)


async def find_own_account(database: Database, account_id: int) -> str | None:
    """The account as its owner may see it, as a JSON object, or ``None``."""
    return await find_json(database, _OWN, account_id, sorted(EVERYONE))


async def find_credentials(database: Database, email: str) -> Credentials | None:
    """The credentials of the account with this email address, or ``None``."""
    columns = select(Account.id, Account.password_hash, Account.scopes)
    async with database.reading() as session:
        row = (await session.execute(columns.where(Account.email == email))).one_or_none()
    return None if row is None else Credentials(*row)


async def replace_hash(database: Database, account: Credentials, password_hash: str) -> None:
    """Store a new hash of the same password, unless the password has been changed meanwhile."""
    async with database.writing() as session:
        await session.execute(
            update(Account)
            .where(Account.id == account.id, Account.password_hash == account.password_hash)
            .values(password_hash=password_hash)
        )
