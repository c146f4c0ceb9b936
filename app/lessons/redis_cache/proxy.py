"""A TCP proxy in front of a Redis server: it counts what passes, and can lose the server."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

import hiredis
from redis.asyncio.connection import (
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)

_CHUNK = 65_536
_NOTICE_SECONDS = 0.1


class RedisProxy:
    """Forwards each connection to the Redis server at ``upstream``, a URL as redis-py takes it."""

    def __init__(self, upstream: str) -> None:
        options: dict[str, Any] = {**parse_url(upstream)}
        kind = options.pop("connection_class", Connection)
        # Used only for its options; it never connects.
        self._target: Connection | UnixDomainSocketConnection = kind(**options)
        self.url = ""
        """Where to reach Redis through the proxy."""
        self.connections = 0
        """Connections accepted so far, refused ones included."""
        self.commands: list[str] = []
        """The names of all commands so far, in capital letters."""
        self._is_down = False
        self._released = asyncio.Event()
        self._released.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._forwarding: set[asyncio.Task[object]] = set()

    def listen_at(self, port: int) -> None:
        """Put the URL together once the port is known."""
        target = self._target
        login = ""
        if target.password:
            login = f"{quote(target.username or '', '')}:{quote(str(target.password), '')}@"
        self.url = f"redis://{login}127.0.0.1:{port}/{target.db or 0}"

    async def take_down(self) -> None:
        """Close all connections, and every new one as soon as it is open: Redis has gone away.

        Returns when the clients have had time to notice.
        """
        self._is_down = True
        self.close_connections()
        await asyncio.sleep(_NOTICE_SECONDS)

    async def close(self) -> None:
        """Close all connections and wait until they are."""
        self._is_down = True
        self.release()
        self.close_connections()
        if self._forwarding:
            await asyncio.wait(self._forwarding)

    def close_connections(self) -> None:
        for writer in self._writers:
            writer.close()

    def hold(self) -> None:
        """Let no command pass until ``release``."""
        self._released.clear()

    def release(self) -> None:
        """Let the commands pass that were held, and all that follow."""
        self._released.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either side closes it."""
        self.connections += 1
        if self._is_down:
            writer.close()
            return
        if task := asyncio.current_task():
            self._forwarding.add(task)
            task.add_done_callback(self._forwarding.discard)
        replies, server = await self._connect()
        pair = {writer, server}
        self._writers |= pair
        try:
            if self._is_down:
                return
            await asyncio.gather(
                self._forward_commands(reader, server), self._forward_replies(replies, writer)
            )
        finally:
            self._writers -= pair
            for one in pair:
                one.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        target = self._target
        if isinstance(target, UnixDomainSocketConnection):
            if sys.platform == "win32":
                raise NotImplementedError("There are no Unix sockets on Windows.")
            return await asyncio.open_unix_connection(target.path)
        secure = target.ssl_context.get() if isinstance(target, SSLConnection) else None
        return await asyncio.open_connection(target.host, target.port, ssl=secure)

    async def _forward_commands(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        # A command is an array of strings, which is also what a reply can be.
        parser = hiredis.Reader()
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._released.wait()
                parser.feed(data)
                while (command := parser.gets()) is not False:
                    self.commands.append(command[0].decode().upper())
                target.write(data)
                await target.drain()
        target.close()

    async def _forward_replies(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                target.write(data)
                await target.drain()
        target.close()


@asynccontextmanager
async def redis_proxy(upstream: str) -> AsyncIterator[RedisProxy]:
    """A proxy on a free port of this machine, in the running event loop.

    Yields:
        The proxy. What was connected through it is disconnected at the end.
    """
    proxy = RedisProxy(upstream)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.listen_at(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
