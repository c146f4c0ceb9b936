"""Answers that the cache keeps."""

from collections.abc import Awaitable, Callable, Collection

from fastapi import Response

from app.shop.cache import Cache
from app.shop.errors import NotFound
from app.shop.json_sql import json_response

Query = Callable[[], Awaitable[str | None]]


async def cached(
    cache: Cache,
    key: str,
    tags: Collection[str],
    query: Query,
    missing: NotFound | None = None,
) -> Response:
    """The JSON that ``query`` finds, or what it found the last time.

    Raises ``missing`` where it finds nothing, which is remembered too.
    """

    async def make() -> bytes | None:
        body = await query()
        return None if body is None else body.encode()

    body = await cache.get_or_make(key, tags, make)
    if body is None:
        assert missing is not None
        raise missing
    return json_response(body)
