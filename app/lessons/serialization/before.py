"""The users as objects, from which the answer is made field by field."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.lessons.shops import Before
from app.shop.accounts.schemas import User
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.models import Account

router = APIRouter(tags=["accounts"])


@router.get("/users", response_model=list[User])
async def list_users(session: ReadSession, limit: Limit = 20, after: After = 0) -> Sequence[object]:
    """Accounts with their posts and comments, by id."""
    query = (
        select(Account)
        .where(Account.id > after)
        .order_by(Account.id)
        .limit(limit)
        .options(selectinload(Account.posts), selectinload(Account.comments))
    )
    return (await session.scalars(query)).all()


BEFORE = Before(routers=(router,))
