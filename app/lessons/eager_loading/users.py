"""The users page with two queries per user: their posts, and their comments."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.accounts.schemas import User
from app.shop.dependencies import After, Limit, ReadSession
from app.shop.models import Account, Comment, Post

router = APIRouter(include_in_schema=False)


@router.get("/users", response_model=list[User])
async def list_users(
    session: ReadSession, limit: Limit = 20, after: After = 0
) -> list[dict[str, Any]]:
    """Accounts with their posts and comments, by id."""
    query = select(Account).where(Account.id > after).order_by(Account.id).limit(limit)
    accounts = (await session.scalars(query)).all()
    return [await with_texts(session, account) for account in accounts]


async def with_texts(session: AsyncSession, account: Account) -> dict[str, Any]:
    """The account as anyone may see it, with its posts and its comments."""
    posts = select(Post).where(Post.author_id == account.id).order_by(Post.id)
    comments = select(Comment).where(Comment.author_id == account.id).order_by(Comment.id)
    return {
        "id": account.id,
        "full_name": account.full_name,
        "country": account.country,
        "posts": (await session.scalars(posts)).all(),
        "comments": (await session.scalars(comments)).all(),
    }
