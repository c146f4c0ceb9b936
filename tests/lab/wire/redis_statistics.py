"""What a Redis server says that it has exchanged with its clients."""

import re
import socket
from typing import NamedTuple, Self

from tests.shop.cache.server import RedisProcess


class Exchanged(NamedTuple):
    """Since the server started, with all clients but the one that reads this."""

    reads: int
    """Times the server read from a connection."""
    sent: int
    """Bytes it has sent."""

    def since(self, before: "Exchanged") -> "Exchanged":
        return Exchanged(self.reads - before.reads, self.sent - before.sent)


class RedisStatistics:
    """Reads a server's statistics over a connection of its own, and subtracts its own share."""

    def __init__(self, server: RedisProcess) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._requests = self._received = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def read(self) -> Exchanged:
        self._socket.sendall(b"INFO stats\r\n")
        self._requests += 1
        reply = self._reply()
        values = dict(re.findall(rb"(\w+):(\d+)\r", reply))
        # This reply is only sent afterwards.
        exchanged = Exchanged(
            int(values[b"total_reads_processed"]) - self._requests,
            int(values[b"total_net_output_bytes"]) - self._received,
        )
        self._received += len(reply)
        return exchanged

    def _reply(self) -> bytes:
        reply = b""
        while b"\r\n" not in reply:
            reply += self._socket.recv(65536)
        head, _, _ = reply.partition(b"\r\n")
        size = len(head) + 2 + int(head[1:]) + 2
        while len(reply) < size:
            reply += self._socket.recv(65536)
        return reply
