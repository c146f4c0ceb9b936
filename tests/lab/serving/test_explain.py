"""The plans of a request's statements, each number checked against PostgreSQL's own word."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.course.errors import CourseError
from app.lab.serving.exchange import exchange
from app.lab.serving.explain import explain, explain_sql
from app.lab.serving.plan import Node
from app.lab.serving.plans import Plans
from app.lab.serving.server import Server
from app.lab.wire.middleware import QUERIES
from app.shop.models import Order, OrderLine, Product
from app.shop.settings import Settings

Endpoint = Callable[[AsyncEngine], Any]


async def plans_of(endpoint: Endpoint, settings: Settings) -> Plans:
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def answer() -> str:
        return str(await endpoint(engine))

    with Server(app) as server:
        assert (await exchange(server, "/")).trace.queries == ()
        seen = await exchange(server, "/", instruments=[QUERIES])
    assert seen.status == 200, seen.exception
    return await explain(settings.database_url, seen.trace.queries)


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    yield opened
    await opened.close()


async def lines_by_text(engine: AsyncEngine) -> object:
    async with engine.connect() as opened:
        found = await opened.execute(
            text("SELECT id FROM order_lines WHERE order_id::text = :id"), {"id": "1000"}
        )
        return len(found.all())


async def lines_by_index(engine: AsyncEngine) -> object:
    async with AsyncSession(engine) as session:
        return (await session.scalars(select(OrderLine).where(OrderLine.order_id == 1000))).all()


async def test_a_function_that_hides_a_column_reads_the_whole_table(
    settings: Settings, connection: Any
) -> None:
    total = await connection.fetchval("SELECT count(*) FROM order_lines")
    wanted = await connection.fetchval("SELECT count(*) FROM order_lines WHERE order_id = 1000")
    hidden = await plans_of(lines_by_text, settings)
    indexed = await plans_of(lines_by_index, settings)
    assert hidden.rows_read == total
    assert indexed.rows_read == wanted < 1000
    assert indexed.blocks < hidden.blocks / 10
    (one,) = hidden
    assert one.plan is not None
    assert one.plan.rows == wanted
    assert one.sent_by.startswith("lines_by_text (test_explain.py:")
    assert "order_id" in str(hidden)
    assert "Seq Scan" in hidden._repr_html_()


async def test_the_blocks_are_those_that_postgresql_counts(
    settings: Settings, connection: Any
) -> None:
    query = "SELECT * FROM order_lines WHERE order_id BETWEEN 1000 AND 1100"
    plans = await explain_sql(settings.database_url, f"{query};")
    (told,) = json.loads(
        await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}")
    )
    blocks = told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]
    wanted = await connection.fetchval(f"SELECT count(*) FROM ({query}) AS found")
    assert plans.blocks == blocks > 1
    assert plans.rows_read == wanted > 1000


async def test_values_of_every_type_arrive_as_they_were_sent(settings: Settings) -> None:
    async def many_types(engine: AsyncEngine) -> object:
        async with AsyncSession(engine) as session:
            found = await session.scalars(
                select(Product.id)
                .join(OrderLine, OrderLine.product_id == Product.id)
                .join(OrderLine.order)
                .where(
                    Order.placed_at < datetime(2010, 1, 1, tzinfo=UTC),
                    OrderLine.unit_price > Decimal("2.50"),
                    Product.sku.in_(["85123A", "a 'quoted' one"]),
                    Order.account_id.is_(None),
                )
            )
            await session.execute(text("SELECT CAST(:none AS int)"), {"none": None})
            return len(found.all())

    plans = await plans_of(many_types, settings)
    assert [one.problem for one in plans] == [None, None]
    assert plans[0].plan is not None


async def test_equal_executions_are_explained_once(settings: Settings) -> None:
    async def three(engine: AsyncEngine) -> object:
        async with engine.connect() as opened:
            for order in (5, 5, 6):
                await opened.execute(text("SELECT * FROM orders WHERE id = :id"), {"id": order})
        return "done"

    plans = await plans_of(three, settings)
    assert [one.times for one in plans] == [2, 1]
    assert plans.rows_read == 3
    (group,) = plans.grouped()
    assert group.times == 3
    assert "Executed 3 times by " in str(plans)


async def test_what_writes_is_planned_and_not_executed(settings: Settings, connection: Any) -> None:
    async def rename(engine: AsyncEngine) -> object:
        async with engine.connect() as opened:
            await opened.execute(text("UPDATE categories SET name = name || '!' WHERE id = 1"))
        return "done"

    before = await connection.fetchval("SELECT name FROM categories WHERE id = 1")
    plans = await plans_of(rename, settings)
    after = await connection.fetchval("SELECT name FROM categories WHERE id = 1")
    assert after == f"{before}!!"  # by the two requests alone
    assert plans[0].plan is not None
    assert plans[0].plan.loops is None
    assert plans.rows_read == 0
    assert "not executed, because it writes" in str(plans)
    await connection.execute("UPDATE categories SET name = $1 WHERE id = 1", before)


async def test_what_cannot_be_explained_says_why(settings: Settings) -> None:
    async def copied(engine: AsyncEngine) -> object:
        async with engine.connect() as opened:
            driver = (await opened.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.copy_from_query("SELECT 1", output=_nothing)
        return "done"

    plans = await plans_of(copied, settings)
    assert "COPY" in (plans[0].problem or "")
    assert "No plan" in str(plans)
    assert "No plan" in plans._repr_html_()
    with pytest.raises(CourseError, match="syntax"):
        await explain_sql(settings.database_url, "SELEKT 1")
    with pytest.raises(CourseError, match="does not answer"):
        await explain_sql("postgresql://127.0.0.1:1/none", "SELECT 1")


async def _nothing(_: bytes) -> None:
    pass


def test_rows_are_those_of_all_loops() -> None:
    scan = {
        "Node Type": "Index Scan",
        "Relation Name": "orders",
        "Index Name": "pk_orders",
        "Alias": "sale",
        "Filter": "(sale.id = ANY ('{1,2,3,4}'::integer[]))",
        "Plan Rows": 1,
        "Actual Rows": 1.5,
        "Actual Loops": 4,
        "Rows Removed by Filter": 2,
        "Shared Hit Blocks": 12,
    }
    join = {
        "Node Type": "Nested Loop",
        "Join Type": "Left",
        "Plan Rows": 9,
        "Actual Rows": 6,
        "Actual Loops": 1,
        "Shared Hit Blocks": 12,
        "Shared Read Blocks": 3,
        "Plans": [scan],
    }
    node = Node.of(join)
    (child,) = node.children
    assert (child.rows, child.read, child.blocks) == (6, 14, 12)
    assert child.conditions == ("Filter: (id = ANY ('{1,2,…}'::integer[]))",)
    assert (node.read, node.rows_read, node.blocks) == (None, 14, 15)
    assert (node.name, child.name) == ("Nested Loop Left", "Index Scan on orders using pk_orders")
