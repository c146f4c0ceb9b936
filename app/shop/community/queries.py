"""Queries for posts. PostgreSQL serializes them to JSON."""

from app.shop.database import Database
from app.shop.fields import MAX_ID
from app.shop.json_sql import fetch_json, find_json, json_array, json_list, json_object, utc

COMMENT = """
    SELECT comment.id, comment.body,
           (SELECT shown FROM (SELECT writer.id, writer.full_name) AS shown) AS author
"""
"""SQL for the columns of a ``comment`` and its ``writer`` in responses."""

_COMMENTS = f"""
    {COMMENT}
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
    f"{_POSTS} WHERE post.id < $1::bigint ORDER BY post.id DESC LIMIT $2", "id DESC"
)
ONE = json_object(f"{_POSTS} WHERE post.id = $1")


async def newest_posts(database: Database, limit: int, before: int | None = None) -> str:
    """A JSON array of at most ``limit`` posts with ids below ``before``, newest first."""
    before = MAX_ID + 1 if before is None else before
    return await fetch_json(database, _NEWEST, before, limit)


async def find_post(database: Database, post_id: int) -> str | None:
    """The post as a JSON object, or ``None``."""
    return await find_json(database, ONE, post_id)
