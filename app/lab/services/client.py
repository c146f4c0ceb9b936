"""The lab's side: a connection to the supervisor, which is started if there is none.

Everything here blocks; call it through ``asyncio.to_thread`` from a running loop.
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

SILENCE = 6 * HEARTBEAT
"""Seconds without a sign of life after which the supervisor is given up."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A private copy of the seeded database and a prefix for private keys in Redis."""

    database: str
    database_url: str
    """For ``create_async_engine``."""
    redis_url: str | None
    redis_prefix: str


class Client:
    """A connection to the supervisor. All that was leased through it is dropped when it closes."""

    def __init__(self, link: socket.socket, instance: Instance) -> None:
        self._link = link
        self._instance = instance
        self._received = b""
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self.postgres = Service(None, None, "", "Not asked yet.")
        self.redis = self.postgres
        _open_links.add(link)

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
        """Give everything back. The servers stop a little after the last client."""
        self._link.close()

    def find_services(self, on_progress: Progress | None = None) -> None:
        """Have the servers started, and learn what ``postgres`` and ``redis`` are."""
        told = self._ask("services", on_progress)
        self.postgres, self.redis = Service(**told["postgres"]), Service(**told["redis"])

    def lease(self, on_progress: Progress | None = None) -> Lease:
        """A fresh copy of the data; ServicesError if there is no PostgreSQL to hold it."""
        return Lease(**self._ask("lease", on_progress))

    def release(self, lease: Lease) -> None:
        """Drop what ``lease`` lent before the connection closes."""
        self._ask("release", database=lease.database)

    def status(self, token: str = "") -> Message:
        """The supervisor's ``pid``, its ``clients`` by name, ``postgres`` and ``redis``."""
        return self._ask("status", token=token)

    def greet(self, token: str, name: str) -> None:
        """Become one of those for whom the servers run."""
        self._ask("hello", token=token, name=name)

    def _ask(self, op: str, on_progress: Progress | None = None, **content: Any) -> Message:
        with self._lock:
            number = next(self._numbers)
            try:
                self._link.sendall(encode({"id": number, "op": op, **content}))
                return self._result(number, on_progress)
            except (OSError, ValueError) as error:
                self.close()
                raise ServicesError(
                    "The connection to the servers' supervisor was lost "
                    f"({error or 'no answer'}); start again. Its log is {self._instance.log}."
                ) from None

    def _result(self, number: int, on_progress: Progress | None) -> Message:
        while True:
            message = self._receive()
            if message["id"] != number:
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
            part = self._link.recv(65_536)
            if not part:
                raise ConnectionResetError("it closed the connection")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return decode(line)


def connect(name: str, *, timeout: float = 60, on_progress: Progress | None = None) -> Client:
    """A client of the supervisor of this user and these servers; one is started if none answers.

    ``timeout`` is in seconds, for the supervisor to answer. A server that cannot be had is no
    error here: its ``problem`` says why.
    """
    instance = find_instance(load_seed().fingerprint())
    create_directory(instance)

    def enter(address: Address) -> Client:
        client = open_client(address, instance)
        try:
            client.greet(address.token, name)
        except BaseException:
            client.close()
            raise
        return client

    client = reach(instance, enter, timeout)
    try:
        client.find_services(on_progress)
    except BaseException:
        client.close()
        raise
    return client


def open_client(address: Address, instance: Instance) -> Client:
    link = socket.create_connection(("127.0.0.1", address.port), timeout=SILENCE)
    return Client(link, instance)


def supervisor_status() -> Message | None:
    """The status of the supervisor that ``connect`` would reach, None if none runs."""
    instance = find_instance(load_seed().fingerprint())
    address = read_address(instance)
    if address is None:
        return None
    try:
        with open_client(address, instance) as client:
            return client.status(address.token)
    except (OSError, ServicesError):
        return None


_open_links: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _close_in_child() -> None:
    # A forked child that held the connection open would keep its parent's leases alive.
    for link in list(_open_links):
        with contextlib.suppress(OSError):
            link.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
