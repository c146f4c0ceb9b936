"""The one process that owns the servers: ``python -m app.lab.services.supervisor``.

The first client starts it. It leases copies of the database to clients for as long as they stay
connected, and exits shortly after the last one has gone.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.lab.services.connection import Connection
from app.lab.services.housekeeping import remove_unused
from app.lab.services.launch import BUSY
from app.lab.services.messages import MAX_BYTES, Message
from app.lab.services.paths import Instance
from app.lab.services.servers import Servers

GRACE = 10.0
"""Seconds for which the servers keep running after the last client has gone."""

FIRST_GRACE = 20.0
"""Seconds within which the client that started us has to connect."""

LOCK_SECONDS = 0.3


class Supervisor:
    """Connects clients with the servers."""

    def __init__(self, instance: Instance, grace: float) -> None:
        self.servers = Servers(instance)
        self.token = secrets.token_urlsafe(24)
        self.closing = False
        self.clients: dict[Connection, str] = {}
        self._instance = instance
        self._grace = grace
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: dict[Connection, asyncio.Task[None]] = {}

    def join(self, connection: Connection, name: str) -> None:
        self.clients[connection] = name
        self._changed.set()

    def leave(self, connection: Connection) -> None:
        self.clients.pop(connection, None)
        self._changed.set()

    def status(self) -> Message:
        return {
            "pid": os.getpid(),
            "clients": sorted(self.clients.values()),
            "postgres": asdict(self.servers.postgres),
            "redis": asdict(self.servers.redis),
            "generation": self.servers.generation,
        }

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Serve until there are no clients or ``stop`` is set, then stop the servers."""
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_BYTES)
        port = listener.sockets[0].getsockname()[1]
        self._publish(port)
        ready()
        for work in (self._prepare(), self._keep_lock()):
            self._background(work)
        try:
            waiting = [asyncio.ensure_future(wait) for wait in (stop.wait(), self._idle())]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.closing = True
            self._instance.address.unlink(missing_ok=True)
            listener.close()
            for task in [*waiting, *self._tasks]:
                task.cancel()
            # Not cancelled, because each releases its client's leases.
            for connection in self._connections:
                connection.disconnect()
            endings = (*self._tasks, *self._connections.values())
            await asyncio.gather(*endings, return_exceptions=True)
            await self.servers.stop()

    def _publish(self, port: int) -> None:
        """Publish our address in a file that appears atomically and only its owner can read."""
        descriptor, name = tempfile.mkstemp(dir=self._instance.directory)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"port": port, "token": self.token, "pid": os.getpid()}, file)
        Path(name).replace(self._instance.address)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connection = Connection(self, reader, writer)
        self._connections[connection] = task
        try:
            await connection.serve()
        finally:
            del self._connections[connection]

    async def _prepare(self) -> None:
        """Have the servers and the data ready before the first lease."""

        def no_progress(_text: str, _fraction: float) -> None: ...

        await self.servers.start(no_progress)
        await self.servers.load(no_progress)
        await asyncio.to_thread(remove_unused, self._instance)

    async def _keep_lock(self) -> None:
        while True:
            await asyncio.sleep(5)
            await self.servers.renew_lock()

    async def _idle(self) -> None:
        """Return once no client has been connected for the grace period."""
        grace = max(self._grace, FIRST_GRACE)
        while True:
            self._changed.clear()
            if self.clients:
                await self._changed.wait()
                grace = self._grace
                continue
            try:
                await asyncio.wait_for(self._changed.wait(), grace)
                grace = self._grace
            except TimeoutError:
                if not self.clients:
                    self.closing = True
                    return

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("fingerprint")
    arguments = parser.parse_args()
    instance = Instance(arguments.directory, arguments.fingerprint)
    ready = detach()
    try:
        with FileLock(instance.lock).acquire(timeout=LOCK_SECONDS):
            with contextlib.suppress(OSError):
                os.ftruncate(2, 0)  # discard the previous supervisor's log
            instance.log.touch()
            asyncio.run(serve(instance, ready))
            instance.log.touch()
    except Timeout:
        return BUSY
    return 0


def detach() -> Callable[[], None]:
    """Continue in a child process; the parent exits once the child is ready, or with its status."""
    if sys.platform == "win32":
        return lambda: None
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        ready = os.read(reading, 1)
        # Without flushing and cleaning up, which is left to the child.
        os._exit(0 if ready else os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    os.close(reading)

    def notify_parent() -> None:
        os.write(writing, b"1")
        os.close(writing)

    return notify_parent


async def serve(instance: Instance, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    grace = float(os.environ.get("COURSE_GRACE", GRACE))
    with contextlib.suppress(asyncio.CancelledError):
        await Supervisor(instance, grace).run(stop, ready)


if __name__ == "__main__":
    sys.exit(main())
