"""Accounts as objects, with eager loading."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.lessons.entities.accounts import find_own_account
from app.shop.accounts.authorization import CurrentUser, Unauthorized
from app.shop.accounts.schemas import OwnAccount, User
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.models import Account

router = APIRouter(include_in_schema=False)

SHOWN = (selectinload(Account.posts), selectinload(Account.comments))


@router.get("/me")
async def get_own_account(session: ReadSession, user: CurrentUser) -> OwnAccount:
    """The account that the token belongs to."""
    account = await find_own_account(session, user.id)
    if account is None:
        raise Unauthorized(f"There is no account {user.id} any more.", "invalid_token")
    return account


@router.get("/users", response_model=list[User])
async def list_users(
    session: ReadSession, limit: Limit = 20, after: After = 0
) -> Sequence[Account]:
    """Accounts with their posts and comments, by id."""
    query = select(Account).where(Account.id > after).order_by(Account.id).limit(limit)
    return (await session.scalars(query.options(*SHOWN))).all()


@router.get("/users/{user_id:int}", response_model=User)
async def get_user(session: ReadSession, user_id: Id) -> Account:
    """One account with its posts and comments."""
    account = await session.get(Account, user_id, options=SHOWN)
    if account is None:
        raise NotFound("user", user_id)
    return account
