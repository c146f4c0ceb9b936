"""Posts as objects, with eager loading."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.lessons.entities.community import SHOWN, newest_posts
from app.lessons.serialization.cached import written
from app.shop import models
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.community.schemas import Post
from app.shop.dependencies import Before, CacheDep, DatabaseDep, Limit, ReadSession
from app.shop.errors import NotFound
from app.shop.fields import Id

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

SEVERAL = TypeAdapter(list[Post])


@router.get("/posts")
async def list_posts(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, before: Before = None
) -> Response:
    """Posts with author, product and comments, newest first."""
    query = written(SEVERAL, database, newest_posts, limit, before)
    return CachedResponse(cache, f"posts:{limit}:{before}", ["posts"], query)


@router.get("/posts/{post_id:int}", response_model=Post)
async def get_post(session: ReadSession, post_id: Id) -> models.Post:
    """One post with author, product and comments."""
    post = await session.get(models.Post, post_id, options=SHOWN)
    if post is None:
        raise NotFound("post", post_id)
    return post
