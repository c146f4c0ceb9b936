"""Real servers on loopback that behave, or misbehave, in one stated way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n"


def reply(body: bytes = b'{"id": 1}', status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@dataclass
class Server:
    """What a server has seen so far."""

    url: str = ""
    requests: int = 0
    connections: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    """How often each request line came."""
    heads: set[bytes] = field(default_factory=set)
    bodies: set[bytes] = field(default_factory=set)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    listener: asyncio.Server | None = None

    def die(self) -> None:
        """Stop listening and drop every connection."""
        assert self.listener
        self.listener.close()
        for writer in self.writers:
            writer.transport.abort()


Behaviour = Callable[[Server, asyncio.StreamWriter], Awaitable[None]]


async def answer(_server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(reply())


@asynccontextmanager
async def serving(behave: Behaviour = answer) -> AsyncIterator[Server]:
    """A server in this loop; ``behave`` is called for each request it has read."""
    seen = Server()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        seen.writers.add(writer)
        task = asyncio.current_task()
        assert task
        seen.tasks.add(task)
        try:
            while not writer.is_closing():
                await read_request(seen, reader)
                await behave(seen, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            seen.writers.discard(writer)
            writer.transport.abort()

    seen.listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{seen.listener.sockets[0].getsockname()[1]}/"
    try:
        yield seen
    finally:
        seen.listener.close()
        await asyncio.sleep(0.05)  # a connection accepted just now still comes in
        for task in seen.tasks:
            task.cancel()
        await asyncio.gather(*seen.tasks, return_exceptions=True)


async def read_request(seen: Server, reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    seen.requests += 1
    seen.heads.add(head)
    seen.lines[head.split(b" HTTP")[0].decode()] += 1
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            seen.bodies.add(await reader.readexactly(int(line.split(b":")[1])))


def burning(rounds: int) -> Behaviour:
    """An answer that costs a fixed amount of CPU."""

    async def behave(_server: Server, writer: asyncio.StreamWriter) -> None:
        sum(range(rounds))
        writer.write(reply())

    return behave


def saying(body: bytes) -> Behaviour:
    async def behave(_server: Server, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(body))

    return behave
