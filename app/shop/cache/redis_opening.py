"""Opening connections to the server that a Redis URL describes."""

import asyncio
import ssl
from functools import partial
from typing import Any

from redis import exceptions
from redis.asyncio.connection import (
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)

from app.shop.cache.redis_pipeline import Pipeline


class RedisOpener:
    """Opens connections to the Redis server at ``url``.

    The URL has redis-py's format: ``redis://``, ``rediss://`` or ``unix://``, with user, password,
    database and ``ssl_…`` options. Raises ``ValueError`` for an invalid one. ``timeout``, in
    seconds, applies to connecting and to each reply.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._timeout = timeout
        options: dict[str, Any] = {**parse_url(url)}
        kind = options.pop("connection_class", Connection)
        try:
            # Used only to parse the options; it never connects.
            self._target: Connection | UnixDomainSocketConnection = kind(**options)
        except TypeError as error:
            raise ValueError(f"The Redis URL has an option that is not valid: {error}") from error

    async def open(self) -> Pipeline:
        """An authenticated connection. Raises ``OSError`` or ``RedisError`` on failure."""
        try:
            async with asyncio.timeout(self._timeout):
                pipeline = await self._connect()
        except TimeoutError as error:
            raise exceptions.TimeoutError(
                f"Redis did not accept a connection in {self._timeout:g} s."
            ) from error
        try:
            await self._authenticate(pipeline)
        except BaseException:
            await pipeline.close()
            raise
        return pipeline

    async def _connect(self) -> Pipeline:
        loop, target = asyncio.get_running_loop(), self._target
        factory = partial(Pipeline, self._timeout)
        if isinstance(target, UnixDomainSocketConnection):
            _, pipeline = await loop.create_unix_connection(factory, target.path)
        else:
            context = _ssl_context(target)
            _, pipeline = await loop.create_connection(
                factory, target.host, target.port, ssl=context
            )
        return pipeline

    async def _authenticate(self, pipeline: Pipeline) -> None:
        target = self._target
        if target.username:
            await pipeline.ask("AUTH", target.username, target.password or "")
        elif target.password:
            await pipeline.ask("AUTH", target.password)
        if target.client_name:
            await pipeline.ask("CLIENT", "SETNAME", target.client_name)
        if target.db:
            await pipeline.ask("SELECT", str(target.db))


def _ssl_context(target: Connection) -> ssl.SSLContext | None:
    return target.ssl_context.get() if isinstance(target, SSLConnection) else None
