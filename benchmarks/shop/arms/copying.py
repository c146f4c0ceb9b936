"""COPY by the driver alone, from and to the database, on request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.shop.export.forms import FORMS, Name
from benchmarks.shop.arms.bare import open_pool
from benchmarks.shop.products import COLUMNS, records


def copying() -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_pool() as app.state.pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/out")
    async def copy_out(name: Name, country: str | None = None) -> int:
        """The number of bytes that COPY writes for an export."""
        size = 0

        async def count(data: bytes) -> None:
            nonlocal size
            size += len(data)

        form = FORMS[name]
        async with app.state.pool.acquire() as connection:
            await connection.copy_from_query(form.query, country, output=count, **form.options)
        return size

    prepared: dict[int, list[tuple[object, ...]]] = {}

    @app.post("/in")
    async def copy_in(count: int) -> int:
        """Insert ``count`` products in one transaction."""
        if count not in prepared:
            prepared[count] = records(count)
        async with app.state.pool.acquire() as connection, connection.transaction():
            await connection.copy_records_to_table(
                "products", records=prepared[count], columns=COLUMNS
            )
        return count

    return app
