"""Rows in flight: what was received from PostgreSQL and not yet sent on."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.course.flow import Flow
from app.lab.serving.exchange import exchange
from app.lab.serving.server import Server
from app.shop.settings import Settings

Generate = Callable[[AsyncEngine], AsyncIterator[str]]

ROWS = "SELECT g AS number, repeat('x', g % 90) AS padding FROM generate_series(1, 5000) AS g"


async def all_at_once(engine: AsyncEngine) -> AsyncIterator[str]:
    async with engine.connect() as connection:
        rows = (await connection.execute(text(ROWS))).all()
    for row in rows:
        yield f"{row.number}\n"


async def in_one_piece(engine: AsyncEngine) -> AsyncIterator[str]:
    async with engine.connect() as connection:
        rows = (await connection.execute(text(ROWS))).all()
    yield "".join(f"{row.number}\n" for row in rows)


async def by_cursor(engine: AsyncEngine) -> AsyncIterator[str]:
    async with engine.connect() as connection:
        async for part in (await connection.stream(text(ROWS))).partitions(200):
            yield "".join(f"{row.number}\n" for row in part)


async def by_copy(engine: AsyncEngine) -> AsyncIterator[str]:
    pieces: list[bytes] = []

    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.copy_from_query(ROWS, output=keep)
    for piece in pieces:
        yield piece.decode()


async def flow_of(generate: Generate, settings: Settings) -> Flow:
    app = FastAPI()
    engine = create_async_engine(settings.database_url)

    @app.get("/")
    async def export() -> StreamingResponse:
        return StreamingResponse(generate(engine))

    try:
        with Server(app) as server:
            # Over its first connection, SQLAlchemy also inspects the server.
            assert (await exchange(server, "/")).trace.flow is None
            seen = await exchange(server, "/", instruments=["flow"])
            await server_closed(server, engine)
    finally:
        await engine.dispose()
    assert seen.trace.flow is not None
    return seen.trace.flow


async def server_closed(server: Server, engine: AsyncEngine) -> None:
    """Close the engine's connections in the loop that has opened them."""
    closing = asyncio.run_coroutine_threadsafe(engine.dispose(), server.loop)
    await asyncio.wrap_future(closing)


@pytest.mark.parametrize(
    ("generate", "peak", "at_first_byte"),
    [
        (all_at_once, 5000, 5000),
        (in_one_piece, 5000, 5000),
        (by_cursor, 200, 200),
        (by_copy, 5000, 5000),
    ],
)
async def test_the_peak_is_what_was_received_and_not_yet_sent(
    settings: Settings, generate: Generate, peak: int, at_first_byte: int
) -> None:
    flow = await flow_of(generate, settings)
    assert (flow.rows, flow.lines) == (5000, 5000)
    assert (flow.peak, flow.rows_at_first_byte) == (peak, at_first_byte)


async def test_the_rows_are_those_that_the_server_tells(settings: Settings) -> None:
    """The counts of messages agree with the tag that ends the answer."""
    app = FastAPI()
    engine = create_async_engine(settings.database_url)

    @app.get("/")
    async def count() -> int:
        async with engine.connect() as connection:
            return len((await connection.execute(text(ROWS))).all())

    with Server(app) as server:
        seen = await exchange(server, "/", instruments=["flow"])
        again = await exchange(server, "/", instruments=["flow"])
        await server_closed(server, engine)
    assert again.trace.flow is not None
    assert again.trace.flow.rows == again.work.rows == seen.answer == 5000
