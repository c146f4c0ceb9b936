"""One request made by hand: repeated until nothing is left to set up, and what it shows."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.course.errors import CourseError
from app.lab.display.waterfall import waterfall
from app.lab.load import compare, measure
from app.lab.serving.exchange import Exchange, exchange, repeated
from app.lab.serving.server import Server
from app.shop.settings import Settings

CONNECTIONS = 3


class Total(BaseModel):
    total: int


async def test_all_connections_of_a_pool_are_warm(settings: Settings) -> None:
    engine = create_async_engine(
        settings.database_url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
    )
    app = FastAPI()
    all_open = asyncio.Barrier(CONNECTIONS)

    @app.get("/open")
    async def open_another() -> None:
        async with engine.connect():
            await all_open.wait()

    @app.get("/")
    async def read() -> int:
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT 1")) or 0

    with Server(app) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            await asyncio.gather(*(client.get("/open") for _ in range(CONNECTIONS)))
        seen = await repeated(lambda: exchange(server, "/"))
    assert seen.work.connections == 0
    assert seen.work.round_trips == 1


async def test_a_connection_that_one_request_had_to_open_is_warm_for_the_next(
    settings: Settings,
) -> None:
    engine = create_async_engine(
        settings.database_url, pool_size=CONNECTIONS, isolation_level="AUTOCOMMIT"
    )
    app, requests = FastAPI(), count(1)

    @app.get("/")
    async def read() -> int:
        async with engine.connect() as connection:
            if next(requests) == 2:  # the first connection has not been returned yet
                async with engine.connect() as other:
                    return await other.scalar(text("SELECT 1")) or 0
            return await connection.scalar(text("SELECT 1")) or 0

    with Server(app) as server:
        await exchange(server, "/")
        seen = await repeated(lambda: exchange(server, "/"))
    assert (seen.work.connections, seen.work.round_trips) == (0, 1)


async def test_a_request_without_a_pool_is_repeated_a_few_times_only(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, poolclass=NullPool)
    app, requests = FastAPI(), count()

    @app.get("/")
    async def read() -> int:
        next(requests)
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT 1")) or 0

    with Server(app) as server:
        seen = await repeated(lambda: exchange(server, "/"))
    assert seen.work.connections == 1
    assert next(requests) == 3


async def test_a_failing_request_is_repeated_once(settings: Settings) -> None:
    """A statement that cannot be prepared is prepared by every request."""
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    app, requests = FastAPI(), count()

    @app.get("/")
    async def read() -> None:
        next(requests)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT unknown"))

    with Server(app) as server:
        await exchange(server, "/")
        await repeated(lambda: exchange(server, "/"))
    assert next(requests) == 2


async def test_what_was_raised_is_shown_before_everything_else() -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        raise ValueError("no <good>")

    with Server(app) as server:
        seen = await exchange(server, "/")
    assert str(seen).splitlines()[:2] == ["GET /: 500", "It raised ValueError: no <good>"]
    page = seen._repr_html_()
    assert page.index("It raised ValueError: no &lt;good&gt;") < page.index("<table>")


async def test_an_invalid_response_names_its_fields() -> None:
    app = FastAPI()

    @app.get("/", response_model=list[Total])
    async def totals() -> list[dict[str, int]]:
        return [{"sum": 1}] * 68

    with Server(app) as server:
        seen = await exchange(server, "/")
    assert "`response[0].total`: Field required (68 errors in all)" in str(seen)
    assert "in what `totals` returned" in str(seen)


async def test_a_refused_request_says_what_is_wrong_with_it() -> None:
    app = FastAPI()

    @app.get("/")
    async def limited(limit: int) -> int:
        return limit

    with Server(app) as server:
        seen = await exchange(server, "/?limit=many")
    assert seen.exception is None
    assert "`query.limit`: Input should be a valid integer" in str(seen).splitlines()[1]


async def test_what_is_raised_in_the_middle_of_a_response_is_named() -> None:
    app = FastAPI()

    async def numbers() -> AsyncIterator[bytes]:
        yield b"1, 2, "
        raise ValueError("no third")

    @app.get("/")
    async def streamed() -> StreamingResponse:
        return StreamingResponse(numbers())

    with (
        Server(app) as server,
        pytest.raises(CourseError, match="GET / raised ValueError: no third"),
    ):
        await exchange(server, "/")


async def test_a_load_names_what_its_requests_raise() -> None:
    app = FastAPI()

    @app.get("/")
    async def broken() -> None:
        raise ValueError("no good")

    with Server(app) as server:
        seen = await measure(server.url + "/", seconds=0.2, observer=server.observer())
        found = await compare(
            {"A": server.url + "/", "B": server.url + "/"},
            seconds=0.2,
            observers=dict.fromkeys("AB", server.observer()),
        )
    assert "answered with a 5xx status" in seen.verdict
    assert "; the last one raised ValueError: no good" in seen.verdict
    assert "the last of them raised ValueError: no good" in found.verdict


async def test_labels_tell_statements_apart_and_a_fold_has_them_in_full(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    app = FastAPI()
    columns = ", ".join(f"orders.{name}" for name in ("id", "number", "country", "status"))

    @app.get("/")
    async def read() -> None:
        async with engine.connect() as connection:
            for number in (17, 18):
                sql = f"SELECT {columns} FROM orders WHERE orders.id = CAST(:id AS integer)"
                await connection.execute(text(sql), {"id": number})
            await connection.execute(text(f"SELECT {columns} FROM orders LIMIT 1"))

    with Server(app) as server:
        await exchange(server, "/")
        seen = await exchange(server, "/")
    shown = labels_of(seen)
    assert "WHERE id = CAST(17 " in shown[0]
    assert "WHERE id = CAST(18 " in shown[1]
    page = seen._repr_html_()
    fold = page[page.index("The statements in full") : page.index("The answer")]
    assert "2 times" in fold
    assert "orders.status" in fold
    assert "SELECT … FROM orders WHERE id" in str(seen)
    assert "SELECT … FROM orders LIMIT 1" in str(seen)


def labels_of(seen: Exchange) -> list[str]:
    figure, _ = waterfall(seen.spans, seen.seconds)
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


async def test_counts_are_exact_though_a_connection_is_opened_now_and_then(
    settings: Settings,
) -> None:
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    unpooled = create_async_engine(settings.database_url, poolclass=NullPool)
    requests = count()
    app = FastAPI()

    @app.get("/seldom")
    async def seldom() -> None:
        if next(requests) % 50 == 49:
            async with unpooled.connect() as connection:
                await connection.execute(text("SELECT 1"))
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    @app.get("/always")
    async def always() -> None:
        async with unpooled.connect() as connection:
            await connection.execute(text("SELECT 1"))

    with Server(app) as server:
        found = [
            await measure(server.url + path, connections=2, observer=server.observer())
            for path in ("/seldom", "/always")
        ]
    works = [one.work.per_request() for one in found if one.work]
    assert [(work["statements"], work["connections"]) for work in works] == [(1, 0), (1, 1)]
