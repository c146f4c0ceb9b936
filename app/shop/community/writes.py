"""Writes of posts and comments.

The inserting statement also looks up the referenced row. If that row is deleted concurrently, the
foreign key rejects the insert.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop.community.queries import COMMENT, ONE
from app.shop.community.schemas import NewPost
from app.shop.errors import Invalid
from app.shop.json_sql import json_object

_INSERT_POST = text("""
    INSERT INTO posts (author_id, product_id, title, body, rating)
    SELECT CAST(:author AS int), product.id, CAST(:title AS text), CAST(:body AS text),
           CAST(:rating AS smallint)
    FROM products AS product WHERE product.id = :product_id
    RETURNING id
""")

_WRITTEN = json_object(
    f"{COMMENT} FROM written AS comment JOIN accounts AS writer ON writer.id = comment.author_id"
)
_INSERT_COMMENT = text(f"""
    WITH written AS (
        INSERT INTO comments (post_id, author_id, body)
        SELECT post.id, CAST(:author AS int), CAST(:body AS text)
        FROM posts AS post WHERE post.id = :post
        RETURNING id, author_id, body
    )
    {_WRITTEN}
""")


async def add_post(session: AsyncSession, author_id: int, post: NewPost) -> tuple[int, str]:
    """The new post's id and JSON. Raises ``Invalid`` if the product does not exist."""
    values = {"author": author_id, **post.model_dump()}
    number: int | None = await session.scalar(_INSERT_POST, values)
    if number is None:
        raise Invalid("body.product_id", f"There is no product {post.product_id}.")
    connection = await session.connection()
    body: str = (await connection.exec_driver_sql(ONE, (number,))).scalar_one()
    return number, body


async def add_comment(session: AsyncSession, author_id: int, post_id: int, body: str) -> str | None:
    """The new comment as a JSON object, or ``None`` if the post does not exist."""
    values = {"author": author_id, "post": post_id, "body": body}
    comment: str | None = await session.scalar(_INSERT_COMMENT, values)
    return comment
