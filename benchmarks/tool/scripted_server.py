"""A real server on loopback that behaves, or misbehaves, as scripted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n"


def reply(body: bytes = b'{"id": 1}', status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@dataclass
class ScriptedServer:
    """A running server, and what it has received so far."""

    url: str = ""
    requests: int = 0
    connections: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    """How often each request line was received."""
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


Behaviour = Callable[[ScriptedServer, asyncio.StreamWriter], Awaitable[None]]


async def respond(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
    writer.write(reply())


@asynccontextmanager
async def scripted_server(behave: Behaviour = respond) -> AsyncIterator[ScriptedServer]:
    """A server in this event loop, which calls ``behave`` for each request."""
    server = ScriptedServer()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.writers.add(writer)
        task = asyncio.current_task()
        assert task
        server.tasks.add(task)
        try:
            while not writer.is_closing():
                await read_request(server, reader)
                await behave(server, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            server.writers.discard(writer)
            writer.transport.abort()

    server.listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{server.listener.sockets[0].getsockname()[1]}/"
    try:
        yield server
    finally:
        server.listener.close()
        await asyncio.sleep(0.05)  # let connections that were just accepted reach the handler
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


async def read_request(server: ScriptedServer, reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    server.requests += 1
    server.heads.add(head)
    server.lines[head.split(b" HTTP")[0].decode()] += 1
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            server.bodies.add(await reader.readexactly(int(line.split(b":")[1])))


def burning_cpu(rounds: int) -> Behaviour:
    """A response that costs a fixed amount of CPU time."""

    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        sum(range(rounds))
        writer.write(reply())

    return behave


def responding(body: bytes) -> Behaviour:
    async def behave(_server: ScriptedServer, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(body))

    return behave
