"""The export: complete for readers of any speed, or visibly cut off."""

import asyncio
import contextlib
import csv
import io
import json
import socket
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import psutil
import pytest
from fastapi import APIRouter, FastAPI, Response
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.dependencies import DatabaseDep
from app.shop.export import response as response_module
from app.shop.export.forms import FORMS, Form, Name
from app.shop.export.response import CopyResponse
from app.shop.export.schemas import ExportedLine
from app.shop.models import Order, OrderLine, Product
from app.shop.settings import Settings
from tests.shop.conftest import client_of
from tests.shop.edge.serving import serve
from tests.shop.rows import add_rows

PATH = "/api/export/order-lines"
LAST_CHUNK = b"0\r\n\r\n"


def parse_csv(body: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(body, newline="")))


def parse_lines(body: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.split("\n") if line]


PARSERS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "jsonl": parse_lines,
    "json": json.loads,
    "csv": parse_csv,
}


@pytest.fixture(scope="module")
def few_lines_url() -> Iterator[str]:
    """The URL of a database whose only order lines are those with edge cases."""
    from app.lab.services import connect

    async def reduce(url: str) -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text("TRUNCATE order_lines"))
        await add_rows(url)

    with connect("tests") as client:
        url = client.lease().database_url
        asyncio.run(reduce(url))
        yield url


@pytest.fixture
async def few_lines(few_lines_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(Settings(database_url=few_lines_url, pool_size=2))) as client:
        yield client


async def expected_lines(database_url: str) -> list[dict[str, Any]]:
    """The lines as the model serializes them, queried from the tables."""
    columns = (
        Order.number.label("order_number"),
        Order.placed_at,
        Order.country,
        Product.sku,
        Product.name.label("product_name"),
        OrderLine.quantity,
        OrderLine.unit_price,
        (OrderLine.quantity * OrderLine.unit_price).label("line_total"),
    )
    engine = create_async_engine(database_url, poolclass=NullPool)
    async with engine.connect() as connection:
        rows = await connection.execute(
            select(*columns).select_from(OrderLine).join(Order).join(Product)
        )
        return [
            ExportedLine.model_validate(row, from_attributes=True).model_dump(mode="json")
            for row in rows
        ]


def counted(lines: list[dict[str, Any]]) -> Counter[tuple[tuple[str, str], ...]]:
    """How often each line occurs, with its fields in order and as text, the only type of CSV."""
    return Counter(tuple((name, str(value)) for name, value in line.items()) for line in lines)


@pytest.mark.parametrize("form", PARSERS)
async def test_every_format_contains_the_rows_of_the_tables(
    few_lines: httpx.AsyncClient, few_lines_url: str, form: str
) -> None:
    expected = await expected_lines(few_lines_url)
    assert len(expected) == 180
    response = await few_lines.get(PATH, params={"format": form})
    assert response.status_code == 200
    assert counted(PARSERS[form](response.content.decode())) == counted(expected)


async def test_json_values_have_the_types_of_the_model(few_lines: httpx.AsyncClient) -> None:
    whole = (await few_lines.get(PATH, params={"format": "json"})).json()
    assert parse_lines((await few_lines.get(PATH)).text) == whole
    for line in whole:
        assert ExportedLine.model_validate(line).model_dump(mode="json") == line


@pytest.mark.parametrize(
    ("query", "media_type", "name"),
    [
        ("", "application/jsonl", "order-lines.jsonl"),
        ("?format=jsonl", "application/jsonl", "order-lines.jsonl"),
        ("?format=json", "application/json", "order-lines.json"),
        ("?format=csv", "text/csv; header=present; charset=utf-8", "order-lines.csv"),
    ],
)
async def test_the_export_is_an_attachment_with_the_media_type_of_its_format(
    few_lines: httpx.AsyncClient, query: str, media_type: str, name: str
) -> None:
    response = await few_lines.get(PATH + query)
    assert response.headers["content-type"] == media_type
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", ["xml", "", "CSV", "\x00"])
async def test_an_unknown_format_is_rejected_with_422(
    few_lines: httpx.AsyncClient, form: str
) -> None:
    response = await few_lines.get(PATH, params={"format": form})
    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "query.format"


def test_every_format_is_documented_in_openapi() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    content = operation["responses"]["200"]["content"]
    item = {"$ref": "#/components/schemas/ExportedLine"}
    assert content["application/json"]["schema"]["items"] == item
    assert content["application/jsonl"]["itemSchema"] == item
    assert set(content) == {form.media_type.partition(";")[0] for form in FORMS.values()}
    assert "503" in operation["responses"]


def test_the_examples_in_openapi_are_valid_and_agree() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    content = operation["responses"]["200"]["content"]
    lines = parse_lines(content["application/jsonl"]["example"])
    rows = parse_csv(content["text/csv"]["example"])
    assert counted(lines) == counted(rows)
    assert [ExportedLine.model_validate(line).model_dump(mode="json") for line in lines] == lines


def export_router(form: Form, slots: int = 5) -> APIRouter:
    """A router with an export of ``form`` at ``/api/mine``."""
    router = APIRouter()
    semaphore = asyncio.Semaphore(slots)

    @router.get("/mine")
    async def mine(database: DatabaseDep) -> Response:
        all_countries = [None] if "$1" in form.query else []
        return CopyResponse(database, semaphore, form, {}, *all_countries)

    return router


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("jsonl", ""),
        ("json", "[]\n"),
        (
            "csv",
            "order_number,placed_at,country,sku,product_name,quantity,unit_price,line_total\n",
        ),
    ],
)
async def test_an_empty_export_is_a_complete_response(
    settings: Settings, name: Any, body: str
) -> None:
    form = replace(FORMS[name], query=f"{FORMS[name].query} WHERE false")
    async with client_of(create_app(settings, routers=[export_router(form)])) as client:
        response = await client.get("/api/mine")
    assert response.status_code == 200
    assert response.text == body


@dataclass(frozen=True)
class Served:
    """A shop behind a real server, in a thread of its own."""

    app: FastAPI
    database: Database
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def checked_out(self) -> int:
        """The number of connections checked out of the pool."""
        pool = self.database.engine.sync_engine.pool
        return int(pool.checkedout())  # type: ignore[attr-defined]

    @asynccontextmanager
    async def reading(self, path: str = PATH) -> AsyncIterator[asyncio.StreamReader]:
        """A client that has sent a request and reads only as much as the test does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4096)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode())
        try:
            yield reader
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextmanager
def served(settings: Settings, *routers: APIRouter) -> Iterator[Served]:
    database = open_database(settings)
    app = create_app(settings, routers=routers, database=database)
    with serve(app, timeout_graceful_shutdown=5, lifespan="on") as url:
        yield Served(app, database, int(url.rpartition(":")[2]))


async def eventually(condition: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Wait until ``condition`` is true; fail after 200 attempts."""
    for _ in range(200):
        met = condition()
        if met if isinstance(met, bool) else await met:
            return
        await asyncio.sleep(0.02)
    pytest.fail("The condition did not become true.")


def blocked_by_its_reader(database: Database) -> Callable[[], Awaitable[bool]]:
    """Whether PostgreSQL waits for a client to read the rows of an export."""

    async def check() -> bool:
        query = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'COPY%' AND wait_event = 'ClientWrite'
        """
        return bool(await database.fetch_value(query))

    return check


def no_export_runs(database: Database) -> Callable[[], Awaitable[bool]]:
    """Whether PostgreSQL has ended every export."""

    async def check() -> bool:
        query = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'
        """
        return not await database.fetch_value(query)

    return check


def connection_router() -> APIRouter:
    """A router that describes a connection from the pool at ``/api/connection``."""
    router = APIRouter()

    @router.get("/connection")
    async def connection(database: DatabaseDep) -> dict[str, object]:
        async with database.driver() as driver:
            in_transaction = driver.is_in_transaction()
            await driver.execute("SELECT pg_sleep(0.1)")
            return {
                "pid": driver.get_server_pid(),
                "in_transaction": in_transaction,
                "statement_timeout": await driver.fetchval("SHOW statement_timeout"),
            }

    return router


async def assert_pool_intact(shop: Served, size: int) -> None:
    """Every connection of the pool works, outside of a transaction and with its usual settings."""
    async with httpx.AsyncClient(base_url=shop.url) as client:
        responses = await asyncio.gather(*(client.get("/api/connection") for _ in range(size)))
    states = [response.json() for response in responses]
    assert len({state["pid"] for state in states}) == size
    assert {state["in_transaction"] for state in states} == {False}
    assert {state["statement_timeout"] for state in states} == {"30s"}
    await eventually(lambda: shop.checked_out() == 0)


async def test_a_slow_reader_holds_one_connection_until_it_disconnects(
    settings: Settings, database: Database
) -> None:
    settings = settings.model_copy(update={"pool_size": 6})
    with served(settings, connection_router()) as shop:
        async with shop.reading() as reader:
            await reader.readexactly(100_000)
            await eventually(blocked_by_its_reader(database))
            assert shop.checked_out() == 1
            async with shop.reading(f"{PATH}?format=csv") as second:
                await second.readexactly(1)
                await eventually(lambda: shop.checked_out() == 2)
            await eventually(lambda: shop.checked_out() == 1)
        await eventually(lambda: shop.checked_out() == 0)
        await eventually(no_export_runs(database))
        await assert_pool_intact(shop, 6)


async def test_a_disconnect_during_the_query_releases_the_connection(
    settings: Settings, database: Database
) -> None:
    form = Form("text/plain", "SELECT pg_sleep(60)", {})
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'"

    async def asleep() -> bool:
        return bool(await database.fetch_value(f"{sleeping} AND wait_event = 'PgSleep'"))

    with served(settings, export_router(form), connection_router()) as shop:
        async with shop.reading("/api/mine"):
            await eventually(asleep)
            assert shop.checked_out() == 1
        await eventually(lambda: shop.checked_out() == 0)
        await eventually(no_export_runs(database))
        await assert_pool_intact(shop, 2)


async def test_a_connection_whose_rollback_times_out_is_replaced(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_module, "ROLLBACK_TIMEOUT", 0)
    with served(settings, connection_router()) as shop:
        async with shop.reading() as reader:
            await reader.readexactly(100_000)
            await eventually(blocked_by_its_reader(database))
        await eventually(lambda: shop.checked_out() == 0)
        await eventually(no_export_runs(database))
        await assert_pool_intact(shop, 2)


@pytest.mark.parametrize("version", ["2.3", "2.4"])
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_cancelled_export_leaves_the_pool_intact(
    settings: Settings, times: int, version: str
) -> None:
    """With both ASGI versions: from 2.4 on, Starlette does not listen for a disconnect."""
    settings = settings.model_copy(update={"pool_size": 1})
    database = open_database(settings)
    app = create_app(settings, middleware=[], database=database)
    sending = asyncio.Event()

    async def send(_: object) -> None:
        sending.set()
        await never()

    async with client_of(app):
        export = asyncio.create_task(app({**SCOPE, "asgi": {"spec_version": version}}, never, send))
        await sending.wait()
        for _ in range(times):
            export.cancel()
            await asyncio.sleep(0.001)
        await asyncio.wait([export])
        assert export.cancelled()
        async with database.driver() as driver:
            assert not driver.is_in_transaction()
            assert await driver.fetchval("SHOW statement_timeout") == "30s"


async def test_exports_beyond_the_limit_are_rejected_with_503_and_retry_after(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"pool_size": 6})
    async with httpx.AsyncClient() as client:
        with served(settings) as shop:
            async with shop.reading() as one, shop.reading() as two:
                await asyncio.gather(one.readexactly(10_000), two.readexactly(10_000))
                refused = await client.get(shop.url + PATH)
                assert refused.status_code == 503
                assert refused.headers["content-type"] == "application/problem+json"
                assert refused.headers["retry-after"] == "5"
                assert (await client.get(f"{shop.url}/api/orders?limit=1")).status_code == 200
                assert shop.checked_out() == 2
            await eventually(lambda: shop.checked_out() == 0)
            async with client.stream("GET", shop.url + PATH) as response:
                assert response.status_code == 200


@pytest.mark.parametrize(("size", "exports"), [(1, 1), (2, 1), (5, 1), (6, 2), (10, 3)])
async def test_the_number_of_concurrent_exports_depends_on_the_pool_size(
    settings: Settings, size: int, exports: int
) -> None:
    app = create_app(settings.model_copy(update={"pool_size": size}))
    async with client_of(app):
        slots: asyncio.Semaphore = app.state.exports
        for _ in range(exports):
            assert not slots.locked()
            await slots.acquire()
        assert slots.locked()


INTERRUPTIONS = {
    "cancelled": "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'"
    " AND datname = current_database()",
    "terminated": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'"
    " AND datname = current_database()",
}


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
@pytest.mark.parametrize("form", PARSERS)
async def test_an_error_after_the_first_rows_cuts_off_the_response(
    settings: Settings, database: Database, interruption: str, form: str
) -> None:
    with served(settings, connection_router()) as shop:
        async with shop.reading(f"{PATH}?format={form}") as reader:
            begun = await reader.readexactly(100_000)
            assert b"200 OK" in begun
            await eventually(blocked_by_its_reader(database))
            await database.fetch_value(INTERRUPTIONS[interruption])
            rest = await reader.read()
        assert not rest.endswith(LAST_CHUNK)
        await assert_pool_intact(shop, 2)


async def test_httpx_raises_for_a_response_that_was_cut_off(settings: Settings) -> None:
    form = replace(
        FORMS["jsonl"], query=f"{FORMS['jsonl'].query} WHERE 1 / (line.id - 200000) IS NOT NULL"
    )
    async with httpx.AsyncClient() as client:
        with served(settings, export_router(form), connection_router()) as shop:
            async with client.stream("GET", f"{shop.url}/api/mine") as response:
                assert response.status_code == 200
                with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                    async for _ in response.aiter_raw():
                        pass
            await assert_pool_intact(shop, 2)


@pytest.mark.parametrize(
    ("query", "status"), [("SELECT 1 / 0", 500), ("SELECT x FROM gone", 500), (None, 503)]
)
async def test_an_error_before_the_first_row_is_reported_as_a_problem(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, query: str | None, status: int
) -> None:
    if query is None:
        monkeypatch.setattr(response_module, "STATEMENT_TIMEOUT", 0.05)
    form = Form("text/plain", query or "SELECT pg_sleep(60)", {})
    app = create_app(settings, routers=[export_router(form), connection_router()])
    async with client_of(app) as client:
        response = await client.get("/api/mine")
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert (await client.get("/api/connection")).json()["in_transaction"] is False


async def test_an_exhausted_pool_is_503(settings: Settings) -> None:
    settings = settings.model_copy(update={"pool_size": 1, "pool_timeout": 1.0})
    database = open_database(settings)
    async with client_of(create_app(settings, database=database)) as client:
        async with database.driver():
            response = await client.get(PATH)
        assert response.status_code == 503
        assert "slots" not in response.text


@pytest.mark.slow
async def test_an_export_may_exceed_the_statement_timeout_of_other_requests(
    settings: Settings, database: Database
) -> None:
    settings = settings.model_copy(update={"statement_timeout": 1.0, "pool_size": 2})
    with served(settings) as shop:
        async with shop.reading(f"{PATH}?format=csv") as reader:
            await reader.readexactly(100_000)
            await eventually(blocked_by_its_reader(database))
            await asyncio.sleep(1.6)
            rest = await reader.read()
        assert rest.endswith(LAST_CHUNK)


async def test_a_reader_that_stops_reading_is_disconnected(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_module, "SEND_TIMEOUT", 0.3)
    with served(settings, connection_router()) as shop:
        async with shop.reading() as reader:
            await reader.readexactly(100_000)
            await eventually(blocked_by_its_reader(database))
            await eventually(lambda: shop.checked_out() == 0)
            await eventually(no_export_runs(database))
            await assert_pool_intact(shop, 2)
            assert not (await reader.read()).endswith(LAST_CHUNK)


async def test_a_reader_that_exceeds_the_statement_timeout_is_disconnected(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 2.0  # seconds; ample for the first rows, which PostgreSQL has to prepare
    monkeypatch.setattr(response_module, "STATEMENT_TIMEOUT", limit)
    with served(settings, connection_router()) as shop:
        async with shop.reading() as reader:
            await reader.readexactly(100_000)
            await eventually(blocked_by_its_reader(database))
            await asyncio.sleep(limit)
            assert shop.checked_out() == 1
            assert not (await reader.read()).endswith(LAST_CHUNK)
        await assert_pool_intact(shop, 2)


SCOPE = {
    "type": "http",
    "method": "GET",
    "path": PATH,
    "raw_path": PATH.encode(),
    "query_string": b"",
    "headers": [],
}


async def never(*_: object) -> Any:
    await asyncio.Event().wait()


async def test_memory_does_not_grow_with_the_size_of_the_response(settings: Settings) -> None:
    """The memory that Python allocates while the whole table is exported."""
    app = create_app(settings, middleware=[])
    sent = [0, 0]

    async def count(message: Any) -> None:
        body = message.get("body", b"")
        sent[0], sent[1] = sent[0] + len(body), max(sent[1], len(body))

    async with app.router.lifespan_context(app):
        async with app.state.database.driver() as driver:
            await driver.execute("SELECT 1")
        tracemalloc.start()
        try:
            await app(dict(SCOPE), never, count)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert sent[0] > 90_000_000
    assert sent[1] < 1_000_000
    assert peak < 4_000_000


SERVER = """
import sys
import uvicorn
from app.shop import create_app
from app.shop.settings import Settings

app = create_app(Settings(database_url=sys.argv[1]))
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


@dataclass(frozen=True)
class Process:
    """A shop in a process of its own."""

    url: str
    memory: Callable[[], int]
    """Resident bytes."""
    idle: int
    """Resident bytes before the first export."""


@pytest.fixture(scope="module")
def process(database_url: str) -> Iterator[Process]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    child = subprocess.Popen([sys.executable, "-c", SERVER, database_url, str(port)])
    try:
        transport = httpx.HTTPTransport(retries=10)  # with exponential backoff, for up to 4 minutes
        with httpx.Client(base_url=url, transport=transport) as client:
            for path in ("/readyz", "/api/orders?limit=20", "/api/products?limit=20"):
                assert client.get(path).status_code == 200
        server = psutil.Process(child.pid)
        yield Process(url, lambda: int(server.memory_info().rss), server.memory_info().rss)
    finally:
        child.terminate()
        child.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        ("jsonl", "identity"),
        ("json", "identity"),
        ("csv", "identity"),
        ("jsonl", "gzip"),
        ("jsonl", "br"),
    ],
)
async def test_the_memory_of_a_server_does_not_grow_during_an_export(
    process: Process, database: Database, form: str, encoding: str
) -> None:
    """And the export contains every line, with the right sums."""
    rows = await database.fetch_value("SELECT count(*) FROM order_lines")
    whole = bytearray()
    peak = 0
    client = httpx.AsyncClient(base_url=process.url, headers={"Accept-Encoding": encoding})
    async with client, client.stream("GET", PATH, params={"format": form}) as response:
        assert response.headers.get("content-encoding", "identity") == encoding
        async for chunk in response.aiter_bytes(1 << 20):
            whole += chunk
            peak = max(peak, process.memory())
    assert peak - process.idle < 20_000_000
    assert len(whole) > 45_000_000
    lines = PARSERS[form](whole.decode())
    assert len(lines) == rows
    async with database.reading() as session:
        quantity, total = (
            await session.execute(
                select(
                    func.sum(OrderLine.quantity),
                    func.sum(OrderLine.quantity * OrderLine.unit_price),
                )
            )
        ).one()
    assert sum(int(line["quantity"]) for line in lines) == quantity
    assert sum(Decimal(line["line_total"]) for line in lines) == total


@pytest.mark.slow
async def test_concurrent_readers_that_finish_or_disconnect_leave_the_pool_intact(
    settings: Settings,
) -> None:
    settings = settings.model_copy(update={"pool_size": 9})

    async def read(shop: Served, number: int) -> bool:
        """Whether the response is complete. Every second reader disconnects early."""
        form = ("jsonl", "json", "csv")[number % 3]
        async with shop.reading(f"{PATH}?format={form}") as reader:
            begun = await reader.readexactly(15)
            if b"503" in begun:
                return False
            if number % 2:
                await reader.readexactly(number * 50_000)
                return False
            return (await reader.read()).endswith(LAST_CHUNK)

    with served(settings, connection_router()) as shop:
        complete = 0
        for start in range(0, 12, 3):
            complete += sum(
                await asyncio.gather(*(read(shop, start + number) for number in range(3)))
            )
            await eventually(lambda: shop.checked_out() == 0)
        assert complete == 6
        await assert_pool_intact(shop, 9)


@pytest.mark.parametrize("name", FORMS)
async def test_an_export_can_be_limited_to_a_country(
    client: httpx.AsyncClient, database: Database, name: Name
) -> None:
    counted = """
        SELECT count(*) FROM order_lines AS line JOIN orders ON orders.id = line.order_id
        WHERE orders.country = $1
    """
    expected = await database.fetch_value(counted, "Iceland")
    response = await client.get(f"/api/export/order-lines?format={name}&country=Iceland")
    rows = response.json() if name == "json" else response.text.splitlines()
    assert len(rows) - (name == "csv") == expected > 100
    none = await client.get(f"/api/export/order-lines?format={name}&country=' OR true --")
    assert none.status_code == 200
    assert "Iceland" not in none.text
