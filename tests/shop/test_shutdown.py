"""Graceful shutdown on SIGTERM: every request that has started gets a complete response.

uvicorn cannot guarantee that every request is started. A request sent on an idle connection at the
moment when the server closes it, or on a new connection that is not accepted yet, gets a connection
reset. It has received no byte of a response and had no effect, so that the client may safely retry
it on another server.
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
from tests.shop.writing import count_rows, private_database, wait_for_locks

pytestmark = pytest.mark.slow

WRITER = bearer(1, "catalog:write", "orders:write")
ORDER = {"lines": [{"product_id": 2, "quantity": 1}, {"product_id": 3, "quantity": 1}]}
TIMEOUT = 60.0
"""Seconds for a process to start, to log a message or to exit."""

EXIT_CODES = {1: -signal.SIGTERM, 2: 0}
"""By number of workers. A single process exits through the signal, as a shell expects."""


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

    def wait_until_serving(self) -> None:
        self.wait_until_each_logs("Application startup complete.")
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.01)

    def wait_until_each_logs(self, message: str) -> None:
        """Wait until each worker has logged ``message``."""
        deadline = time.monotonic() + TIMEOUT
        while self.log.count(message) < self.workers:
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    def wait(self) -> int:
        """The exit code."""
        return self._process.wait(TIMEOUT)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def assert_clean_exit(self) -> None:
        assert self.wait() == EXIT_CODES[self.workers]
        assert self.log.count("Application shutdown complete.") == self.workers
        assert "Traceback" not in self.log
        assert "ERROR" not in self.log
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port))


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


Serve = Callable[..., ShopProcess]


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def started(*options: str, workers: int = 1) -> ShopProcess:
            shop = ShopProcess(database_url, tmp_path / "log", workers, options)
            stack.callback(shop.kill)
            shop.wait_until_serving()
            return shop

        yield started


class ConnectionLost(Exception):
    """The connection ended before the response was complete."""

    def __init__(self, received: bytes) -> None:
        super().__init__(received)
        self.received = received


class Response(NamedTuple):
    status: int
    closes: bool
    body: bytes


class Connection:
    """Sends raw requests one after the other, without anything that a client would add."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, shop: ShopProcess) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", shop.port))

    async def send(self, request: bytes) -> Response:
        """Raises ``ConnectionLost``. The response must have a ``Content-Length``."""
        received = b""
        try:
            self.writer.write(request)
            received = await self.reader.readuntil(b"\r\n\r\n")
            head = received.decode().lower()
            (length,) = re.findall(r"content-length: (\d+)\r\n", head)
            body = await self.reader.readexactly(int(length))
        except asyncio.IncompleteReadError as error:
            raise ConnectionLost(received + error.partial) from None
        except OSError:
            raise ConnectionLost(received) from None
        return Response(int(head.split()[1]), "\r\nconnection: close\r\n" in head, body)

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
async def test_requests_in_progress_are_completed(
    serve: Serve, database: Database, workers: int
) -> None:
    """Eight requests are in progress, and one connection is idle."""
    shop = serve(workers=workers)
    idle = await Connection.to(shop)
    assert (await idle.send(request_of("GET", "/healthz"))).closes is False
    async with database.engine.connect() as other:
        await other.execute(text("SELECT 1 FROM products WHERE id = 1 FOR UPDATE"))
        connections = [await Connection.to(shop) for _ in range(8)]
        change = request_of("PATCH", "/api/products/1", {"price": "1.23"})
        tasks = [asyncio.create_task(one.send(change)) for one in connections]
        await wait_for_locks(database, 8)
        shop.terminate()
        await asyncio.to_thread(shop.wait_until_each_logs, "Shutting down")
        assert await idle.reader.read() == b"", "an idle connection is closed at once"
        await asyncio.sleep(0.5)
        assert shop.running
        await other.rollback()
    for response in await asyncio.gather(*tasks):
        assert response.status == 200
        assert json.loads(response.body)["price"] == "1.23"
        assert response.closes, "the client must not reuse the connection"
    for connection in (idle, *connections):
        connection.close()
    await asyncio.to_thread(shop.assert_clean_exit)


class LoadClient:
    """Sends requests until the server has exited, and reconnects whenever it has to."""

    def __init__(self, shop: ShopProcess, request: bytes, *, keep_alive: bool) -> None:
        self._shop = shop
        self._request = request
        self._keep_alive = keep_alive
        self.sent = 0
        self.responses: list[Response] = []
        self.lost: list[bytes] = []

    async def run(self) -> None:
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
                response = await connection.send(self._request)
            except ConnectionLost as lost:
                self.lost.append(lost.received)
                return
            self.responses.append(response)
            if response.closes or not self._keep_alive:
                return


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_request_without_a_response_had_no_effect(
    serve: Serve, database: Database, workers: int
) -> None:
    before = await count_rows(database, "orders"), await count_rows(database, "order_lines")
    shop = serve(workers=workers)
    buying, reading = request_of("POST", "/api/orders", ORDER), request_of("GET", "/api/users/1")
    buyers = [LoadClient(shop, buying, keep_alive=bool(number % 2)) for number in range(12)]
    readers = [LoadClient(shop, reading, keep_alive=bool(number % 2)) for number in range(12)]
    clients = buyers + readers
    tasks = [asyncio.create_task(client.run()) for client in clients]

    async def all_have_responses() -> bool:
        return min(len(client.responses) for client in clients) >= 10

    await eventually(all_have_responses)
    shop.terminate()
    await asyncio.gather(*tasks)
    shop.assert_clean_exit()
    assert {response.status for buyer in buyers for response in buyer.responses} == {201}
    assert {response.status for reader in readers for response in reader.responses} == {200}
    for client in clients:
        assert client.sent == len(client.responses) + len(client.lost)
        assert set(client.lost) <= {b""}, "there is no partial response"
        for response in client.responses:
            json.loads(response.body)
    bought = sum(len(buyer.responses) for buyer in buyers)
    after = await count_rows(database, "orders"), await count_rows(database, "order_lines")
    assert (after[0] - before[0], after[1] - before[1]) == (bought, 2 * bought)


@contextmanager
def export_in_progress(shop: ShopProcess) -> Iterator[HTTPResponse]:
    """An export far larger than any buffer, so that it cannot be sent without being read."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=TIMEOUT) as connection:
        connection.sendall(request_of("GET", "/api/export/order-lines"))
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 200
        assert response.read(1) == b"{"
        yield response


async def test_an_export_in_progress_is_completed_however_long_it_takes(
    serve: Serve, database: Database
) -> None:
    shop = serve()

    def read() -> int:
        with export_in_progress(shop) as response:
            shop.terminate()
            shop.wait_until_each_logs("Shutting down")
            time.sleep(0.5)
            assert shop.running
            lines = 0
            while chunk := response.read(2**20):
                lines += chunk.count(b"\n")
            return lines

    assert await asyncio.to_thread(read) == await count_rows(database, "order_lines")
    await asyncio.to_thread(shop.assert_clean_exit)


def test_an_export_that_exceeds_the_shutdown_timeout_is_visibly_cut_off(serve: Serve) -> None:
    """Without ``--timeout-graceful-shutdown``, the server would wait for a client that stops
    reading until the export itself times out."""
    shop = serve("--timeout-graceful-shutdown=1")
    with export_in_progress(shop) as response:
        shop.terminate()
        assert shop.wait() == EXIT_CODES[1]
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            response.read()
    assert "Cancel 1 running task(s)" in shop.log
    assert "Application shutdown complete." in shop.log
