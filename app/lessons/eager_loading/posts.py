"""The reviews page with queries per post: its author, its comments, the author of each comment."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.shop.community.schemas import Post
from app.shop.dependencies import Before, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.models import Account, Comment
from app.shop.models import Post as PostRow

router = APIRouter(include_in_schema=False)

SHOWN = ("id", "title", "body", "rating", "created_at", "product")


@router.get("/posts", response_model=list[Post])
async def list_posts(
    session: ReadSession, limit: Limit = 20, before: Before = None
) -> list[dict[str, Any]]:
    """Posts with author, product and comments, newest first."""
    query = select(PostRow).order_by(PostRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(PostRow.id < before)
    posts = (await session.scalars(query.options(joinedload(PostRow.product)))).all()
    return [await with_people(session, post) for post in posts]


@router.get("/posts/{post_id:int}", response_model=Post)
async def get_post(session: ReadSession, post_id: Id) -> dict[str, Any]:
    """One post with author, product and comments."""
    post = await session.get(PostRow, post_id, options=[joinedload(PostRow.product)])
    if post is None:
        raise NotFound("post", post_id)
    return await with_people(session, post)


async def with_people(session: AsyncSession, post: PostRow) -> dict[str, Any]:
    """The post with its author and its comments, and the author of each comment."""
    author = await session.get(Account, post.author_id)
    query = select(Comment).where(Comment.post_id == post.id).order_by(Comment.id)
    comments = [
        {
            "id": comment.id,
            "body": comment.body,
            "author": await session.get(Account, comment.author_id),
        }
        for comment in (await session.scalars(query)).all()
    ]
    return {name: getattr(post, name) for name in SHOWN} | {"author": author, "comments": comments}
