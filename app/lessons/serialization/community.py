"""Posts as ORM objects with eager loading, serialized for the cache."""

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from app.course.entities.community import find_post, newest_posts
from app.lessons.serialization.json_query import json_query
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.community.schemas import Post
from app.shop.dependencies import Before, CacheDep, DatabaseDep, Limit
from app.shop.errors import NotFound
from app.shop.fields import Id
from app.shop.tags import PRODUCT_NAMES

router = APIRouter(route_class=CachedRoute, include_in_schema=False)

ONE = TypeAdapter(Post)
SEVERAL = TypeAdapter(list[Post])


@router.get("/posts")
async def list_posts(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, before: Before = None
) -> Response:
    """Posts with author, product and comments, newest first."""
    query = json_query(SEVERAL, database, newest_posts, limit, before)
    return CachedResponse(cache, f"posts:{limit}:{before}", ["posts", PRODUCT_NAMES], query)


@router.get("/posts/{post_id:int}")
async def get_post(database: DatabaseDep, cache: CacheDep, post_id: Id) -> Response:
    """One post with author, product and comments."""
    key = f"post:{post_id}"
    query = json_query(ONE, database, find_post, post_id)
    return CachedResponse(cache, key, [key, PRODUCT_NAMES], query, NotFound("post", post_id))
