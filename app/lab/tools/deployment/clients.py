"""Clients that hold a connection and do nothing with it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

SMALL_BUFFER = 4096
"""Bytes that the system receives for a client that does not read."""


@asynccontextmanager
async def idle_clients(url: str, number: int) -> AsyncIterator[None]:
    """So many are connected during the block, and send nothing."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(await _connected(url))
        yield


@asynccontextmanager
async def stalled_client(url: str, path: str) -> AsyncIterator[None]:
    """One has sent a request for ``path`` and does not read the response."""
    request = f"GET {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n\r\n".encode()
    with await _connected(url) as client:
        await asyncio.get_running_loop().sock_sendall(client, request)
        yield


async def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    client = socket.socket()
    try:
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        await asyncio.get_running_loop().sock_connect(client, (parts.hostname, parts.port))
    except BaseException:
        client.close()
        raise
    return client
