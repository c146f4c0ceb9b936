"""Has the connections of an application pass through a simulated network."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from app.course.network import Network
from app.lab.wire.bandwidth import Line
from app.lab.wire.latency import Latency, RemoteConnection, RemoteTransport
from app.lab.wire.paced import ClientConnection

ProtocolFactory: TypeAlias = Callable[[], asyncio.Protocol]
Opened: TypeAlias = tuple[asyncio.Transport, asyncio.Protocol]


class Simulation:
    """A network while an application runs on it."""

    def __init__(self) -> None:
        self.latency: Latency | None = None
        self.lines: tuple[Line, Line] | None = None
        """To the clients and from them."""
        self._stack = ExitStack()

    def open(self, network: Network, loop: asyncio.AbstractEventLoop) -> None:
        """Whatever arrives from now on is handled in the current context."""
        if network.delay:
            self.latency = Latency(loop, network.delay)
            self._stack.callback(self.latency.close)
        if network.bytes_per_second is not None:
            download, upload = (Line(loop, network.bytes_per_second) for _ in range(2))
            self.lines = download, upload
            self._stack.callback(upload.close)
            self._stack.callback(download.close)

    def close(self) -> None:
        """What is under way arrives now, so that nobody waits for it in vain."""
        self._stack.close()


SIMULATION: ContextVar[Simulation | None] = ContextVar("course_network", default=None)
"""The network of the application on whose behalf the current task works."""


@contextmanager
def simulated(network: Network) -> Iterator[None]:
    """Connections that the current task and its children open or accept are as ``network`` says.

    The running loop must be of a ``network_loop`` class. All connections pass through it, whichever
    library opens them: asyncpg's, redis-py's, those of an HTTP client. What opens a socket by
    itself, as a blocking driver does in a thread, is not delayed.
    """
    simulation = Simulation()
    mark = SIMULATION.set(simulation)
    simulation.open(network, asyncio.get_running_loop())
    try:
        yield
    finally:
        SIMULATION.reset(mark)
        simulation.close()


def network_loop(base: Any) -> Any:
    """A subclass of the event loop class ``base`` that can simulate networks."""

    class NetworkLoop(base):  # type: ignore[misc]
        async def create_connection(self, factory: ProtocolFactory, *args: Any, **opts: Any) -> Any:
            return await _connect(super().create_connection, factory, *args, **opts)

        async def create_unix_connection(
            self, factory: ProtocolFactory, *args: Any, **opts: Any
        ) -> Any:
            return await _connect(super().create_unix_connection, factory, *args, **opts)

        async def start_tls(
            self, transport: Any, protocol: asyncio.Protocol, *args: Any, **opts: Any
        ) -> Any:
            if not isinstance(transport, RemoteTransport):
                return await super().start_tls(transport, protocol, *args, **opts)
            # The loop encrypts for transports of its own making only.
            connection = transport.connection
            encrypted = await super().start_tls(transport.attached, connection, *args, **opts)
            transport.attach(encrypted)
            return transport

        async def create_server(self, factory: ProtocolFactory, *args: Any, **opts: Any) -> Any:
            simulation = SIMULATION.get()
            if simulation is None or simulation.lines is None:
                return await super().create_server(factory, *args, **opts)
            lines = simulation.lines

            def paced() -> ClientConnection:
                return ClientConnection(factory(), self, *lines)

            return await super().create_server(paced, *args, **opts)

    return NetworkLoop


async def _connect(connect: Any, factory: ProtocolFactory, *args: Any, **options: Any) -> Opened:
    """Open a connection, through the latency of the current application if it has any."""
    simulation = SIMULATION.get()
    if simulation is None or simulation.latency is None:
        opened: Opened = await connect(factory, *args, **options)
        return opened
    latency = simulation.latency
    connections: list[RemoteConnection] = []

    def remote() -> RemoteConnection:
        connections.append(RemoteConnection(factory(), latency))
        return connections[-1]

    try:
        await connect(remote, *args, **options)
        return await connections[-1].established()
    except BaseException:
        for connection in connections:
            connection.give_up()
        raise
