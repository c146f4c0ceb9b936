"""The counters around an application that is not the shop."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import asyncpg
import httpx
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.course.objects import Objects
from app.lab import Counted, count_work
from app.shop.settings import Settings

ROOT = Path(__file__).parents[3]


class Priced(BaseModel):
    price: Decimal


def dsn(settings: Settings) -> str:
    return (
        make_url(settings.database_url)
        .set(drivername="postgresql")
        .render_as_string(hide_password=False)
    )


async def loop(request: Request) -> JSONResponse:
    """As many statements as ``n`` says, and asyncpg's own when the connection is released."""
    async with request.app.state.pool.acquire() as connection:
        numbers = range(int(request.query_params["n"]))
        return JSONResponse([await connection.fetchval("SELECT $1::int", n) for n in numbers])


def numbers(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn(settings), min_size=1, max_size=4) as app.state.pool:
            yield

    return Starlette(routes=[Route("/numbers", loop)], lifespan=lifespan)


@asynccontextmanager
async def client_of(
    app: Starlette, around: Counted | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(around or app)
        async with httpx.AsyncClient(transport=transport, base_url="http://own") as client:
            await client.get("/numbers?n=1")  # prepares the statement
            yield client


async def test_a_block_counts_its_own_requests_only(settings: Settings) -> None:
    async def counted(client: httpx.AsyncClient, n: int) -> int:
        with count_work() as seen:
            await client.get(f"/numbers?n={n}")
        return seen.work.statements

    with count_work():  # listens before the pool connects
        pass
    async with client_of(numbers(settings)) as client:
        assert await asyncio.gather(*(counted(client, n) for n in (3, 5, 0))) == [4, 6, 1]


async def test_a_block_counts_the_connections_in_use(settings: Settings) -> None:
    with count_work() as seen:
        opened = [await asyncpg.connect(dsn(settings)) for _ in range(3)]
        async with opened[0].transaction(), opened[1].transaction():
            pass
        assert seen.peak_in_use == 2
        for connection in opened:
            await connection.close()


async def test_a_block_counts_objects_on_request() -> None:
    with count_work() as plain, count_work(objects=True) as seen:
        Priced.model_validate({"price": "2.50"})
        jsonable_encoder([1, 2])
    assert plain.objects is None
    assert seen.objects == Objects(validations=1, encoder_calls=3)


async def test_every_response_carries_its_counts(settings: Settings) -> None:
    app = numbers(settings)
    around = Counted(app)
    async with client_of(app, around) as client:
        before = around.total
        seen = await client.get("/numbers?n=4")
        assert seen.headers["server-timing"].startswith('sql;desc="5 statements in ')
        assert (around.total - before).statements == 5
        assert (around.total - before).requests == 1


def test_a_guard_in_another_project(settings: Settings, tmp_path: Path) -> None:
    """As the documentation shows it, run by pytest in a folder of its own."""
    text = (ROOT / "docs" / "your-own-application.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    application = f"""
        import asyncpg
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            async with asyncpg.create_pool({dsn(settings)!r}, min_size=1) as app.state.pool:
                yield

        app = FastAPI(lifespan=lifespan)

        @app.get("/orders")
        async def list_orders(limit: int = 20):
            async with app.state.pool.acquire() as connection:
                rows = await connection.fetch("SELECT id FROM orders LIMIT $1", limit)
                lines = "SELECT count(*) FROM order_lines WHERE order_id = $1"
                return [await connection.fetchval(lines, row["id"]) for row in rows]
    """
    (tmp_path / "myproject.py").write_text(textwrap.dedent(application), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(blocks[0], encoding="utf-8")
    (tmp_path / "test_orders.py").write_text(blocks[1], encoding="utf-8")
    (tmp_path / "test_objects.py").write_text(blocks[2], encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "AssertionError: 52 statements in 52 round trips" in ran.stdout
    # Without a model, FastAPI encodes the list and each of the 50 numbers.
    assert "encoder_calls=51" in ran.stdout
