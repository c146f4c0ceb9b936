"""The dashboard: four statements at the same time, of one's own account and no other."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shop import create_app
from app.shop.dashboard.schemas import Dashboard
from app.shop.database import Database, open_database
from app.shop.models import Account, Comment, Order, OrderLine, Post
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of

PATH = "/api/dashboard"
PARTS = 4


@dataclass
class Watch:
    """What goes to PostgreSQL."""

    statements: list[str] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    """The connection of each statement."""
    held: int = 0
    most_held: int = 0
    """Connections that were out of the pool at a time."""


@asynccontextmanager
async def watched(database: Database) -> AsyncIterator[Watch]:
    """Through SQLAlchemy or straight to its driver."""
    watch = Watch()
    engine = database.engine.sync_engine
    loggers: dict[int, Callable[[Any], None]] = {}

    def executed(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        watch.statements.append(statement)
        watch.pids.append(connection.connection.driver_connection.get_server_pid())

    def taken(adapted: Any, *_: Any) -> None:
        watch.held += 1
        watch.most_held = max(watch.most_held, watch.held)
        driver = adapted.driver_connection

        def executed_by_driver(query: Any) -> None:
            watch.statements.append(query.query)
            watch.pids.append(driver.get_server_pid())

        loggers[id(adapted)] = executed_by_driver
        driver.add_query_logger(executed_by_driver)

    def returned(adapted: Any, *_: Any) -> None:
        watch.held -= 1
        adapted.driver_connection.remove_query_logger(loggers.pop(id(adapted)))

    listeners: dict[str, Callable[..., Any]] = {
        "before_cursor_execute": executed,
        "checkout": taken,
        "checkin": returned,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield watch
    await asyncio.sleep(0)  # the driver tells of a statement a turn later
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


async def busiest(database: Database, count: int = 3) -> list[int]:
    """The accounts with the most orders."""
    async with database.reading() as session:
        return list(
            await session.scalars(
                text(
                    "SELECT account_id FROM orders WHERE account_id IS NOT NULL"
                    " GROUP BY account_id ORDER BY count(*) DESC, account_id LIMIT :count"
                ),
                {"count": count},
            )
        )


async def commented(database: Database, count: int = 3) -> list[int]:
    """The accounts on whose posts others commented most."""
    async with database.reading() as session:
        return list(
            await session.scalars(
                text(
                    "SELECT post.author_id FROM posts AS post JOIN comments AS comment"
                    " ON comment.post_id = post.id AND comment.author_id <> post.author_id"
                    " GROUP BY post.author_id ORDER BY count(*) DESC, author_id LIMIT :count"
                ),
                {"count": count},
            )
        )


async def newcomer(session: AsyncSession, name: str) -> Account:
    account = Account(
        email=f"{name}@dashboard.example", full_name=name, country="France", password_hash="x"
    )
    session.add(account)
    await session.flush()
    return account


async def dashboard_of(client: httpx.AsyncClient, account_id: int) -> Any:
    answer = await client.get(PATH, headers=bearer(account_id))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_it_is_what_its_model_writes(client: httpx.AsyncClient, database: Database) -> None:
    for account_id in (1, *await busiest(database), *await commented(database)):
        answer = await client.get(PATH, headers=bearer(account_id))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "private, no-store"
        rewritten = Dashboard.model_validate_json(answer.content).model_dump_json()
        pairs = [json.loads(body, object_pairs_hook=list) for body in (answer.content, rewritten)]
        assert pairs[0] == pairs[1]
        assert answer.json()["account"]["id"] == account_id


async def test_the_account_is_as_its_own_page_shows_it(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/api/me", headers=bearer(1))).json()
    assert (await dashboard_of(client, 1))["account"] == shown


async def test_orders_and_statistics_are_those_of_the_tables(
    client: httpx.AsyncClient, database: Database
) -> None:
    for account_id in await busiest(database):
        async with database.reading() as session:
            rows = (
                await session.execute(
                    text(
                        "SELECT o.id, o.status, o.placed_at, l.quantity * l.unit_price AS paid,"
                        " p.category_id FROM orders AS o"
                        " LEFT JOIN order_lines AS l ON l.order_id = o.id"
                        " LEFT JOIN products AS p ON p.id = l.product_id"
                        " WHERE o.account_id = :id"
                    ),
                    {"id": account_id},
                )
            ).all()
        shown = Dashboard.model_validate(await dashboard_of(client, account_id))
        completed = {row.id: row.placed_at for row in rows if row.status == "completed"}
        spent: defaultdict[int, Decimal] = defaultdict(Decimal)
        for row in rows:
            spent[row.category_id] += row.paid or 0
        statistics = shown.statistics
        assert statistics.orders == len(completed) > 50
        assert statistics.total_spent == sum(spent.values())
        assert statistics.first_order_at == min(completed.values())
        assert statistics.last_order_at == max(completed.values())
        assert statistics.favourite_category is not None
        assert spent[statistics.favourite_category.id] == max(spent.values())
        newest = sorted({row.id for row in rows}, reverse=True)[:5]
        assert [order.id for order in shown.recent_orders] == newest
        for order in shown.recent_orders:
            own = [row.paid for row in rows if row.id == order.id and row.paid is not None]
            assert (order.lines, order.total) == (len(own), sum(own))


async def test_notifications_are_the_newest_comments_of_others(
    client: httpx.AsyncClient, database: Database
) -> None:
    for account_id in await commented(database):
        async with database.reading() as session:
            rows = (
                await session.execute(
                    text(
                        "SELECT c.id, c.body, c.author_id, c.post_id FROM comments AS c"
                        " WHERE c.author_id <> :id"
                        " AND c.post_id IN (SELECT id FROM posts WHERE author_id = :id)"
                        " ORDER BY c.id DESC LIMIT 10"
                    ),
                    {"id": account_id},
                )
            ).all()
        shown = (await dashboard_of(client, account_id))["notifications"]
        assert rows
        assert [
            (one["id"], one["body"], one["author"]["id"], one["post"]["id"]) for one in shown
        ] == [tuple(row) for row in rows]


async def test_an_account_without_anything_has_an_empty_dashboard(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.writing() as session:
        account = await newcomer(session, "nothing")
    shown = await dashboard_of(client, account.id)
    assert shown["recent_orders"] == shown["notifications"] == []
    assert shown["statistics"] == {
        "orders": 0,
        "total_spent": "0.00",
        "first_order_at": None,
        "last_order_at": None,
        "favourite_category": None,
    }


async def test_nothing_of_another_account_appears(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Two accounts that differ in everything, comment on each other, and share a product."""
    async with database.writing() as session:
        names = ("anne", "bert")
        accounts = [await newcomer(session, name) for name in names]
        for account, name in zip(accounts, names, strict=True):
            post = Post(
                author=account, product_id=1, title=f"{name} title", body=f"{name} body", rating=3
            )
            line = OrderLine(product_id=1, quantity=1, unit_price=Decimal(1 + account.id))
            order = Order(
                number=f"{name}-1",
                account=account,
                country="France",
                status="completed",
                placed_at=account.created_at,
                lines=[line],
            )
            session.add_all([post, order])
            for writer, said in zip(accounts, names, strict=True):
                session.add(Comment(post=post, author=writer, body=f"{said} says"))
    anne, bert = [await dashboard_of(client, account.id) for account in accounts]
    assert [one["body"] for one in anne["notifications"]] == ["bert says"]
    assert [one["body"] for one in bert["notifications"]] == ["anne says"]
    # Names are there, of those who commented; nothing else of them is.
    anne["notifications"].clear()
    bert["notifications"].clear()
    assert "bert" not in json.dumps(anne)
    assert "anne" not in json.dumps(bert)
    for shown, account in ((anne, accounts[0]), (bert, accounts[1])):
        assert shown["account"]["id"] == account.id
        assert shown["statistics"]["orders"] == 1
        assert Decimal(shown["statistics"]["total_spent"]) == 1 + account.id


async def test_nobody_has_no_dashboard(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, bearer(2147483647)):
        answer = await client.get(PATH, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")


def pooled(settings: Settings, size: int, **others: Any) -> Settings:
    return settings.model_copy(update={"pool_size": size, **others})


async def test_four_statements_run_at_once_on_four_connections(settings: Settings) -> None:
    database = open_database(pooled(settings, 10))
    async with client_of(create_app(settings, database=database)) as client:
        most_held = []
        for _ in range(5):
            async with watched(database) as watch:
                await dashboard_of(client, 1)
            assert len(watch.statements) == PARTS
            assert watch.held == 0
            most_held.append(watch.most_held)
    # On a busy machine one may be over before another begins; not five times.
    assert max(most_held) == PARTS


@pytest.mark.parametrize(("size", "requests"), [(1, 1), (1, 10), (2, 50), (3, 20)])
async def test_in_a_small_pool_they_take_turns(
    settings: Settings, size: int, requests: int
) -> None:
    database = open_database(pooled(settings, size))
    accounts = range(1, requests + 1)
    async with client_of(create_app(settings, database=database)) as client:
        async with watched(database) as watch:
            shown = await asyncio.gather(*(dashboard_of(client, number) for number in accounts))
        assert [one["account"]["id"] for one in shown] == list(accounts)
        assert len(watch.statements) == PARTS * requests
        assert len(set(watch.pids)) == size
        assert watch.most_held <= size
        assert watch.held == 0


async def test_a_pool_that_is_busy_for_too_long_is_503(settings: Settings) -> None:
    database = open_database(pooled(settings, 1, pool_timeout=1.0))
    async with client_of(create_app(settings, database=database)) as client:
        async with database.driver():
            answer = await client.get(PATH, headers=bearer(1))
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        await dashboard_of(client, 1)


async def test_one_part_that_fails_is_the_answer_and_stops_the_others(
    settings: Settings, database: Database
) -> None:
    """Comments are locked, so one statement is given up; its error is answered as if alone."""
    impatient = open_database(pooled(settings, 4, statement_timeout=1.0))
    async with client_of(create_app(settings, database=impatient)) as client:
        async with watched(impatient) as watch:
            async with database.writing() as session:
                await session.execute(text("LOCK TABLE comments IN ACCESS EXCLUSIVE MODE"))
                answer = await client.get(PATH, headers=bearer(1))
                assert answer.status_code == 503
                assert answer.headers["retry-after"] == "5"
            assert watch.held == 0
        await dashboard_of(client, 1)


async def test_who_leaves_frees_all_connections(settings: Settings, database: Database) -> None:
    pool = open_database(pooled(settings, 4))
    async with client_of(create_app(settings, database=pool)) as client:
        async with watched(pool) as watch, database.writing() as session:
            await session.execute(
                text("LOCK TABLE comments, orders, accounts IN ACCESS EXCLUSIVE MODE")
            )
            request = asyncio.create_task(client.get(PATH, headers=bearer(1)))
            for _ in range(400):
                if watch.held < PARTS:
                    await asyncio.sleep(0.005)
            assert watch.held == PARTS
            request.cancel()
            await asyncio.wait([request])
            assert watch.held == 0
        await asyncio.gather(*(dashboard_of(client, number) for number in (1, 2, 3)))


def test_it_is_described() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Dashboard"}
    assert {"401", "503"} <= set(operation["responses"])
    assert operation["security"]
