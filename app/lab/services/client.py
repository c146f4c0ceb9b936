"""The client side: a connection to the supervisor, which is started if none is running.

Everything here blocks; from a running event loop, call it through ``asyncio.to_thread``.
"""

import contextlib
import itertools
import os
import socket
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from app.lab.services.errors import ServicesError
from app.lab.services.launch import Address, reach, read_address
from app.lab.services.messages import HEARTBEAT, Message, decode, encode
from app.lab.services.paths import Instance, create_directory, find_instance
from app.lab.services.seeding import load_seed
from app.lab.services.service import Service

Progress = Callable[[str, float], None]

SILENCE_TIMEOUT = 6 * HEARTBEAT
"""Seconds without a message after which the supervisor counts as dead."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A private copy of the seeded database, and a private key prefix in Redis."""

    database: str
    database_url: str
    """For ``create_async_engine``."""
    redis_url: str | None
    redis_prefix: str


class Client:
    """A connection to the supervisor. Closing it drops everything leased through it."""

    def __init__(self, sock: socket.socket, instance: Instance) -> None:
        self._socket = sock
        self._instance = instance
        self._received = b""
        self._request_ids = itertools.count()
        self._lock = threading.Lock()
        self.postgres = Service(None, None, "", "Not requested yet.")
        self.redis = self.postgres
        self.generation = 0
        """Changes when PostgreSQL is started again, and everything that was leased is gone."""
        _open_sockets.add(sock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release everything. The servers stop shortly after the last client has gone."""
        self._socket.close()

    def find_services(self, on_progress: Progress | None = None) -> None:
        """Start the servers if they are not running, and update ``postgres``, ``redis`` and
        ``generation``."""
        status = self._request("services", on_progress)
        self.postgres, self.redis = Service(**status["postgres"]), Service(**status["redis"])
        self.generation = status.get("generation", 0)

    def lease(self, on_progress: Progress | None = None) -> Lease:
        """A fresh copy of the data. Raises ``ServicesError`` if there is no PostgreSQL."""
        return Lease(**self._request("lease", on_progress))

    def release(self, lease: Lease) -> None:
        """Have a lease's database and keys dropped, soon, before the connection closes."""
        self._request("release", database=lease.database)

    def status(self, token: str = "") -> Message:
        """The supervisor's ``pid``, its ``clients`` by name, ``postgres`` and ``redis``."""
        return self._request("status", token=token)

    def register(self, token: str, name: str) -> None:
        """Register as a client, for whom the supervisor keeps the servers running."""
        self._request("hello", token=token, name=name)

    def _request(self, op: str, on_progress: Progress | None = None, **content: Any) -> Message:
        with self._lock:
            request_id = next(self._request_ids)
            try:
                self._socket.sendall(encode({"id": request_id, "op": op, **content}))
                return self._result(request_id, on_progress)
            except (OSError, ValueError) as error:
                self.close()
                raise ServicesError(
                    "The connection to the servers' supervisor was lost "
                    f"({error or 'no answer'}); start again. Its log is {self._instance.log}."
                ) from None

    def _result(self, request_id: int, on_progress: Progress | None) -> Message:
        while True:
            message = self._receive()
            if message["id"] != request_id:
                continue  # the answer to a request that was interrupted
            match message["event"]:
                case "progress" if on_progress:
                    on_progress(message["text"], message["fraction"])
                case "error":
                    raise ServicesError(message["message"])
                case "done":
                    result: Message = message["result"]
                    return result

    def _receive(self) -> Message:
        while b"\n" not in self._received:
            part = self._socket.recv(65_536)
            if not part:
                raise ConnectionResetError("it closed the connection")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return decode(line)


def connect(name: str, *, timeout: float = 60, on_progress: Progress | None = None) -> Client:
    """A client of the supervisor for this user and these servers, which is started if needed.

    The supervisor has ``timeout`` seconds to answer. A server that is unavailable is not an error
    here: its ``problem`` says why. Raises ``ServicesError`` if there is no supervisor.
    """
    instance = find_instance(load_seed().fingerprint())
    create_directory(instance)

    def register(address: Address) -> Client:
        client = open_client(address, instance)
        try:
            client.register(address.token, name)
        except BaseException:
            client.close()
            raise
        return client

    client = reach(instance, register, timeout)
    try:
        client.find_services(on_progress)
    except BaseException:
        client.close()
        raise
    return client


def open_client(address: Address, instance: Instance) -> Client:
    sock = socket.create_connection(("127.0.0.1", address.port), timeout=SILENCE_TIMEOUT)
    return Client(sock, instance)


def supervisor_status() -> Message | None:
    """The status of the supervisor that ``connect`` would reach; ``None`` if it is not running."""
    instance = find_instance(load_seed().fingerprint())
    address = read_address(instance)
    if address is None:
        return None
    try:
        with open_client(address, instance) as client:
            return client.status(address.token)
    except (OSError, ServicesError):
        return None


_open_sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _close_in_child() -> None:
    # A forked child that kept the connection open would keep its parent's leases alive.
    for sock in list(_open_sockets):
        with contextlib.suppress(OSError):
            sock.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
