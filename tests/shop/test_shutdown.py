"""SIGTERM in the middle of everything: whose request was begun gets a whole answer.

What uvicorn cannot promise is that every request is begun. One that is sent on an idle connection
in the moment in which the server closes it, or on a new one that nobody has accepted yet, finds the
connection reset. It gets not one byte of an answer, and nothing of it was done: whoever sent it may
send it again, to another server.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from app.shop.database import Database
from tests.shop.auth import bearer
from tests.shop.cache.conftest import eventually
from tests.shop.writing import own_database, rows_of, wait_for_locks

pytestmark = pytest.mark.slow

WRITER = bearer(1, "catalog:write", "orders:write")
ORDER = {"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 3, "quantity": 1}]}
PATIENCE = 60.0
"""Seconds for a process to start, to say something or to end."""

EXIT_CODES = {1: -signal.SIGTERM, 2: 0}
"""By workers. A single one ends by the signal that ended it, as a shell expects of it."""


class ShopProcess:
    """``uvicorn app.main:app``, as it is run in production."""

    def __init__(
        self, database_url: str, log: Path, workers: int, options: tuple[str, ...]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.workers = workers
        self._log = log
        number = str(workers)
        command = ["-m", "uvicorn", "app.main:app", f"--port={self.port}", f"--workers={number}"]
        environment = {**os.environ, "DATABASE_URL": database_url, "WORKERS": number}
        environment.pop("REDIS_URL", None)
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, *command, "--no-access-log", *options],
                env=environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until_it_serves(self) -> None:
        self.wait_until_each_says("Application startup complete.")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.01)

    def wait_until_each_says(self, what: str) -> None:
        """Returns when each worker has logged it."""
        deadline = time.monotonic() + PATIENCE
        while self.log.count(what) < self.workers:
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    def wait(self) -> int:
        """The exit code."""
        return self._process.wait(PATIENCE)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def assert_ended_well(self) -> None:
        assert self.wait() == EXIT_CODES[self.workers]
        assert self.log.count("Application shutdown complete.") == self.workers
        assert "Traceback" not in self.log
        assert "ERROR" not in self.log
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port))


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url


Serve = Callable[..., ShopProcess]


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def started(*options: str, workers: int = 1) -> ShopProcess:
            shop = ShopProcess(database_url, tmp_path / "log", workers, options)
            stack.callback(shop.kill)
            shop.wait_until_it_serves()
            return shop

        yield started


class Lost(Exception):
    """The connection ended instead of an answer."""

    def __init__(self, received: bytes) -> None:
        super().__init__(received)
        self.received = received


class Answer(NamedTuple):
    status: int
    closes: bool
    body: bytes


class Connection:
    """Sends requests one after the other, and nothing that a client would add to them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, shop: ShopProcess) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", shop.port))

    async def ask(self, request: bytes) -> Answer:
        """Raises ``Lost``. The answer must have a ``Content-Length``."""
        received = b""
        try:
            self.writer.write(request)
            received = await self.reader.readuntil(b"\r\n\r\n")
            head = received.decode().lower()
            (length,) = re.findall(r"content-length: (\d+)\r\n", head)
            body = await self.reader.readexactly(int(length))
        except asyncio.IncompleteReadError as error:
            raise Lost(received + error.partial) from None
        except OSError:
            raise Lost(received) from None
        return Answer(int(head.split()[1]), "\r\nconnection: close\r\n" in head, body)

    def close(self) -> None:
        self.writer.close()


def request_of(method: str, path: str, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {
        "Host": "shop",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **WRITER,
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


@pytest.mark.parametrize("workers", [1, 2])
async def test_who_is_being_answered_is_answered_whole(
    serve: Serve, database: Database, workers: int
) -> None:
    """Eight requests are being answered, wherever they have come to, and one connection is idle."""
    shop = serve(workers=workers)
    idle = await Connection.to(shop)
    assert (await idle.ask(request_of("GET", "/healthz"))).closes is False
    async with database.engine.connect() as other:
        await other.execute(text("SELECT 1 FROM products WHERE id = 1 FOR UPDATE"))
        connections = [await Connection.to(shop) for _ in range(8)]
        change = request_of("PATCH", "/api/products/1", {"price": "1.23"})
        asked = [asyncio.create_task(one.ask(change)) for one in connections]
        await wait_for_locks(database, 8)
        shop.terminate()
        await asyncio.to_thread(shop.wait_until_each_says, "Shutting down")
        assert await idle.reader.read() == b"", "an idle connection is closed at once"
        await asyncio.sleep(0.5)
        assert shop.running
        await other.rollback()
    for answer in await asyncio.gather(*asked):
        assert answer.status == 200
        assert json.loads(answer.body)["price"] == "1.23"
        assert answer.closes, "the client is told not to ask here again"
    for connection in (idle, *connections):
        connection.close()
    await asyncio.to_thread(shop.assert_ended_well)


class Customer:
    """Asks until there is nobody left to ask, and opens a connection whenever it has none."""

    def __init__(self, shop: ShopProcess, request: bytes, *, keeps: bool) -> None:
        self._shop = shop
        self._request = request
        self._keeps = keeps
        self.sent = 0
        self.answers: list[Answer] = []
        self.lost: list[bytes] = []

    async def go_on(self) -> None:
        while self._shop.running:
            try:
                connection = await Connection.to(self._shop)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            await self._use(connection)
            connection.close()

    async def _use(self, connection: Connection) -> None:
        while True:
            self.sent += 1
            try:
                answer = await connection.ask(self._request)
            except Lost as lost:
                self.lost.append(lost.received)
                return
            self.answers.append(answer)
            if answer.closes or not self._keeps:
                return


@pytest.mark.parametrize("workers", [1, 2])
async def test_what_was_not_answered_was_not_done(
    serve: Serve, database: Database, workers: int
) -> None:
    before = await rows_of(database, "orders"), await rows_of(database, "order_lines")
    shop = serve(workers=workers)
    buying, reading = request_of("POST", "/api/orders", ORDER), request_of("GET", "/api/users/1")
    buyers = [Customer(shop, buying, keeps=bool(number % 2)) for number in range(12)]
    readers = [Customer(shop, reading, keeps=bool(number % 2)) for number in range(12)]
    customers = buyers + readers
    going_on = [asyncio.create_task(customer.go_on()) for customer in customers]

    async def all_have_answers() -> bool:
        return min(len(customer.answers) for customer in customers) >= 10

    await eventually(all_have_answers)
    shop.terminate()
    await asyncio.gather(*going_on)
    shop.assert_ended_well()
    assert {answer.status for buyer in buyers for answer in buyer.answers} == {201}
    assert {answer.status for reader in readers for answer in reader.answers} == {200}
    for customer in customers:
        assert customer.sent == len(customer.answers) + len(customer.lost)
        assert set(customer.lost) <= {b""}, "never a part of an answer"
        for answer in customer.answers:
            json.loads(answer.body)
    bought = sum(len(buyer.answers) for buyer in buyers)
    after = await rows_of(database, "orders"), await rows_of(database, "order_lines")
    assert (after[0] - before[0], after[1] - before[1]) == (bought, 2 * bought)


@contextmanager
def export_under_way(shop: ShopProcess) -> Iterator[HTTPResponse]:
    """Far more than fits into any buffer; what is not read is not sent."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE) as connection:
        connection.sendall(request_of("GET", "/api/export/order-lines"))
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200
        assert answer.read(1) == b"{"
        yield answer


async def test_an_export_ends_whole_however_long_it_takes(serve: Serve, database: Database) -> None:
    shop = serve()

    def read() -> int:
        with export_under_way(shop) as answer:
            shop.terminate()
            shop.wait_until_each_says("Shutting down")
            time.sleep(0.5)
            assert shop.running
            lines = 0
            while chunk := answer.read(2**20):
                lines += chunk.count(b"\n")
            return lines

    assert await asyncio.to_thread(read) == await rows_of(database, "order_lines")
    await asyncio.to_thread(shop.assert_ended_well)


def test_a_limit_cuts_an_export_and_does_not_pretend(serve: Serve) -> None:
    """``--timeout-graceful-shutdown``: without it a client that reads nothing would be waited for
    as long as the export is patient with it."""
    shop = serve("--timeout-graceful-shutdown=1")
    with export_under_way(shop) as answer:
        shop.terminate()
        assert shop.wait() == EXIT_CODES[1]
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            answer.read()
    assert "Cancel 1 running task(s)" in shop.log
    assert "Application shutdown complete." in shop.log
