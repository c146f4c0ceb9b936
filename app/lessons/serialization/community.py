"""Posts as objects, with eager loading."""

from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.shop import models
from app.shop.community.schemas import Post
from app.shop.dependencies import Before, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id

router = APIRouter(include_in_schema=False)

SHOWN = (
    joinedload(models.Post.author),
    joinedload(models.Post.product),
    selectinload(models.Post.comments).joinedload(models.Comment.author),
)


@router.get("/posts", response_model=list[Post])
async def list_posts(
    session: ReadSession, limit: Limit = 20, before: Before = None
) -> Sequence[models.Post]:
    """Posts with author, product and comments, newest first."""
    query = select(models.Post).order_by(models.Post.id.desc()).limit(limit).options(*SHOWN)
    if before is not None:
        query = query.where(models.Post.id < before)
    return (await session.scalars(query)).all()


@router.get("/posts/{post_id:int}", response_model=Post)
async def get_post(session: ReadSession, post_id: Id) -> models.Post:
    """One post with author, product and comments."""
    post = await session.get(models.Post, post_id, options=SHOWN)
    if post is None:
        raise NotFound("post", post_id)
    return post
