"""Posts as ORM objects, with everything a response shows of them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from app.shop.models import Comment, Post

SHOWN = (
    joinedload(Post.author),
    joinedload(Post.product),
    selectinload(Post.comments).joinedload(Comment.author),
)


async def newest_posts(
    session: AsyncSession, limit: int, before: int | None = None
) -> Sequence[Post]:
    """At most ``limit`` posts with ids below ``before``, newest first."""
    query = select(Post).order_by(Post.id.desc()).limit(limit).options(*SHOWN)
    if before is not None:
        query = query.where(Post.id < before)
    return (await session.scalars(query)).all()


async def find_post(session: AsyncSession, post_id: int) -> Post | None:
    return await session.get(Post, post_id, options=SHOWN)
