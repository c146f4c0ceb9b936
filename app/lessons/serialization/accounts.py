"""Accounts as ORM objects, with eager loading."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.course.entities import accounts
from app.course.entities.accounts import SHOWN, find_own_account
from app.lessons.serialization.json_query import json_query
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.accounts.schemas import OwnAccount, User
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import After, CacheDep, DatabaseDep, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.models import Account
from app.shop.tags import USERS

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

SEVERAL = TypeAdapter(list[User])


@router.get("/me")
async def get_own_account(session: ReadSession, user: CurrentUser) -> OwnAccount:
    """The account the token belongs to."""
    account = await find_own_account(session, user.id)
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    return account


@router.get("/users")
async def list_users(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, after: After = 0
) -> Response:
    """Accounts with their posts and comments, by id."""
    query = json_query(SEVERAL, database, accounts.list_users, limit, after)
    return CachedResponse(cache, f"users:{limit}:{after}", [USERS], query)


@router.get("/users/{user_id:int}", response_model=User)
async def get_user(session: ReadSession, user_id: Id) -> Account:
    """One account with its posts and comments."""
    account = await session.get(Account, user_id, options=SHOWN)
    if account is None:
        raise NotFound("user", user_id)
    return account
