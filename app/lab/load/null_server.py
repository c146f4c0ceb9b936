"""A server that does as little as Python can, to find the load generator's own ceiling.

``python -m app.lab.load.null_server BYTES`` sends bodies of that size. It prints its port, and
exits at the end of stdin.
"""

import asyncio
import os
import sys
import threading
from typing import cast

from app.lab.load.worker import loop_factory

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n"


class NullServer(asyncio.Protocol):
    """Answers each chunk of data without parsing it: the generator does not pipeline requests."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self._write(self._reply)


async def serve(body_bytes: int) -> None:
    loop = asyncio.get_running_loop()
    reply = HEAD % body_bytes + b"x" * body_bytes
    server = await loop.create_server(lambda: NullServer(reply), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=exit_with_stdin, daemon=True).start()
    await server.serve_forever()


def exit_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(int(sys.argv[1])))
