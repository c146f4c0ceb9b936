"""Endpoints for product reviews and comments on them."""

from functools import partial
from typing import Annotated

from fastapi import Request, Response

from app.shop.accounts.authorization import User, requires
from app.shop.api import api_router
from app.shop.cached import CachedResponse, CachedRoute
from app.shop.community import queries, writes
from app.shop.community.schemas import Comment, NewComment, NewPost, Post
from app.shop.created import CREATED, created
from app.shop.dependencies import Before, CacheDep, DatabaseDep, Limit, WriteSession, changes
from app.shop.errors import NOT_FOUND, NotFound, documented
from app.shop.fields import Id
from app.shop.tags import PRODUCT_NAMES, USERS

router = api_router("community", route_class=CachedRoute)

Author = Annotated[User, requires("community:write")]


@router.get("/posts", response_model=list[Post])
async def list_posts(
    database: DatabaseDep, cache: CacheDep, limit: Limit = 20, before: Before = None
) -> Response:
    """Posts with author, product and comments, newest first."""
    query = partial(queries.newest_posts, database, limit, before)
    return CachedResponse(cache, f"posts:{limit}:{before}", ["posts", PRODUCT_NAMES], query)


@router.get("/posts/{post_id:int}", response_model=Post, responses=NOT_FOUND)
async def get_post(database: DatabaseDep, cache: CacheDep, post_id: Id) -> Response:
    """One post with author, product and comments."""
    key = f"post:{post_id}"
    query = partial(queries.find_post, database, post_id)
    return CachedResponse(cache, key, [key, PRODUCT_NAMES], query, NotFound("post", post_id))


@router.post(
    "/posts",
    status_code=201,
    response_model=Post,
    responses=CREATED | documented(400, 401, 403, 409),
)
async def create_post(
    request: Request, author: Author, session: WriteSession, post: NewPost
) -> Response:
    """Review a product."""
    number, body = await writes.add_post(session, author.id, post)
    changes(session, "posts", USERS, f"post:{number}")
    return created(request, number, body)


@router.post(
    "/posts/{post_id:int}/comments",
    status_code=201,
    response_model=Comment,
    responses=documented(400, 401, 403, 404, 409),
)
async def create_comment(
    author: Author, session: WriteSession, post_id: Id, comment: NewComment
) -> Response:
    """Comment on a post."""
    body = await writes.add_comment(session, author.id, post_id, comment.body)
    if body is None:
        raise NotFound("post", post_id)
    changes(session, "posts", USERS, f"post:{post_id}")
    return Response(body, 201, media_type="application/json")
