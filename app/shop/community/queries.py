"""Reading posts, as JSON that PostgreSQL writes, and adding comments."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.fields import MAX_ID
from app.shop.json_sql import fetch_json, find_json, json_array, json_list, json_object, utc
from app.shop.models import Account, Comment, Post

_COMMENTS = """
    SELECT comment.id, comment.body,
           (SELECT shown FROM (SELECT writer.id, writer.full_name) AS shown) AS author
    FROM comments AS comment JOIN accounts AS writer ON writer.id = comment.author_id
    WHERE comment.post_id = post.id
"""
_POSTS = f"""
    SELECT post.id, post.title, post.body, post.rating, {utc("post.created_at")} AS created_at,
           (SELECT shown FROM (SELECT author.id, author.full_name) AS shown) AS author,
           (SELECT shown FROM (SELECT product.id, product.name) AS shown) AS product,
           {json_array(_COMMENTS)} AS comments
    FROM posts AS post
    JOIN accounts AS author ON author.id = post.author_id
    JOIN products AS product ON product.id = post.product_id
"""
_NEWEST = json_list(
    f"{_POSTS} WHERE post.id < CAST(:before AS bigint) ORDER BY post.id DESC LIMIT :limit",
    "id DESC",
)
_ONE = json_object(f"{_POSTS} WHERE post.id = :id")


async def newest_posts(session: AsyncSession, limit: int, before: int | None = None) -> str:
    """A JSON array of at most ``limit`` posts, newest first, those below the id ``before``."""
    before = MAX_ID + 1 if before is None else before
    return await fetch_json(session, _NEWEST, limit=limit, before=before)


async def find_post(session: AsyncSession, post_id: int) -> str | None:
    """The post as a JSON object, or ``None``."""
    return await find_json(session, _ONE, id=post_id)


async def post_exists(session: AsyncSession, post_id: int) -> bool:
    return bool(await session.scalar(select(exists().where(Post.id == post_id))))


async def add_comment(
    session: AsyncSession, *, post_id: int, author: Account, body: str
) -> Comment:
    """The new comment, with its id. The caller's transaction makes it last."""
    comment = Comment(post_id=post_id, author=author, body=body)
    session.add(comment)
    await session.flush()
    return comment
