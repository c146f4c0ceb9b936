"""Reviews of products, and what others say of them."""

from fastapi import APIRouter, Response

from app.shop.accounts.queries import find_account
from app.shop.community import queries
from app.shop.community.schemas import Comment, NewComment, Post
from app.shop.dependencies import Before, Limit, ReadSession, WriteSession
from app.shop.errors import NOT_FOUND, Invalid, NotFound, documented
from app.shop.fields import Id
from app.shop.json_sql import json_response

router = APIRouter(tags=["community"])


@router.get("/posts", response_model=list[Post])
async def list_posts(session: ReadSession, limit: Limit = 20, before: Before = None) -> Response:
    """Posts with author, product and comments, newest first."""
    return json_response(await queries.newest_posts(session, limit, before))


@router.get("/posts/{post_id:int}", response_model=Post, responses=NOT_FOUND)
async def get_post(session: ReadSession, post_id: Id) -> Response:
    """One post with author, product and comments."""
    post = await queries.find_post(session, post_id)
    if post is None:
        raise NotFound("post", post_id)
    return json_response(post)


@router.post(
    "/posts/{post_id:int}/comments",
    status_code=201,
    response_model=Comment,
    responses=documented(400, 404, 409),
)
async def add_comment(session: WriteSession, post_id: Id, comment: NewComment) -> object:
    """Comment on a post."""
    if not await queries.post_exists(session, post_id):
        raise NotFound("post", post_id)
    author = await find_account(session, comment.author_id)
    if author is None:
        raise Invalid("body.author_id", f"There is no account {comment.author_id}.")
    return await queries.add_comment(session, post_id=post_id, author=author, body=comment.body)
