"""Endpoints for public profiles and one's own account."""

from functools import partial
from typing import Annotated

from fastapi import Path, Response

from app.shop.accounts import queries
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.accounts.schemas import OwnAccount, User
from app.shop.api import api_router
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.dependencies import After, CacheDep, DatabaseDep, Limit
from app.shop.errors import NOT_FOUND, NotFound, documented
from app.shop.fields import Id
from app.shop.json_sql import json_response
from app.shop.tags import USERS

router = api_router("accounts", route_class=CachedRoute)

UserId = Annotated[Id, Path(description="The id of an account", examples=[1])]


@router.get("/me", response_model=OwnAccount, responses=documented(401))
async def get_own_account(database: DatabaseDep, user: CurrentUser) -> Response:
    """The account that the token belongs to."""
    account = await queries.find_own_account(database, user.id)
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    return json_response(account)


@router.get("/users", response_model=list[User])
async def list_users(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, after: After = 0
) -> Response:
    """Accounts with their posts and comments, by id."""
    query = partial(queries.list_users, database, limit, after)
    return CachedResponse(cache, f"users:{limit}:{after}", [USERS], query)


@router.get("/users/{user_id:int}", response_model=User, responses=NOT_FOUND)
async def get_user(database: DatabaseDep, user_id: UserId) -> Response:
    """One account with its posts and comments."""
    user = await queries.find_user(database, user_id)
    if user is None:
        raise NotFound("user", user_id)
    return json_response(user)
