"""Accounts, as far as they are public."""

from fastapi import APIRouter, Response

from app.shop.accounts import queries
from app.shop.accounts.schemas import User
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.errors import NOT_FOUND, NotFound
from app.shop.fields import Id
from app.shop.json_sql import json_response

router = APIRouter(tags=["accounts"])


@router.get("/users", response_model=list[User])
async def list_users(session: ReadSession, limit: Limit = 20, after: After = 0) -> Response:
    """Accounts with their posts and comments, by id."""
    return json_response(await queries.list_users(session, limit, after))


@router.get("/users/{user_id:int}", response_model=User, responses=NOT_FOUND)
async def get_user(session: ReadSession, user_id: Id) -> Response:
    """One account with its posts and comments."""
    user = await queries.find_user(session, user_id)
    if user is None:
        raise NotFound("user", user_id)
    return json_response(user)
