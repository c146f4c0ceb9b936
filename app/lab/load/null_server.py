"""A server that does as little as Python can: how fast the load generator itself can be.

``python -m app.lab.load.null_server`` prints its port and ends when stdin does.
"""

import asyncio
import os
import sys
import threading
from typing import cast

from app.lab.load.worker import loop_factory

BODY = b'{"id":1,"name":"null"}'
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


class NullServer(asyncio.Protocol):
    """Answers each piece of data, unread: the generator sends one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self._write(REPLY)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(NullServer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    await server.serve_forever()


def end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve())
