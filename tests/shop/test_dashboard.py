"""The dashboard: one statement, and only the data of the caller's account."""

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


@dataclass
class Recording:
    """The statements sent to PostgreSQL, and the connections that they use."""

    statements: list[str] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    """The server process of each statement's connection."""
    checked_out: int = 0
    peak: int = 0
    """The most connections that were checked out of the pool at the same time."""


@asynccontextmanager
async def record_statements(database: Database) -> AsyncIterator[Recording]:
    """Record statements sent through SQLAlchemy as well as directly through its driver."""
    recording = Recording()
    engine = database.engine.sync_engine
    loggers: dict[int, Callable[[Any], None]] = {}

    def on_execute(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        recording.statements.append(statement)
        recording.pids.append(connection.connection.driver_connection.get_server_pid())

    def on_checkout(adapted: Any, *_: Any) -> None:
        recording.checked_out += 1
        recording.peak = max(recording.peak, recording.checked_out)
        driver = adapted.driver_connection

        def on_driver_query(query: Any) -> None:
            recording.statements.append(query.query)
            recording.pids.append(driver.get_server_pid())

        loggers[id(adapted)] = on_driver_query
        driver.add_query_logger(on_driver_query)

    def on_checkin(adapted: Any, *_: Any) -> None:
        recording.checked_out -= 1
        adapted.driver_connection.remove_query_logger(loggers.pop(id(adapted)))

    listeners: dict[str, Callable[..., Any]] = {
        "before_cursor_execute": on_execute,
        "checkout": on_checkout,
        "checkin": on_checkin,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield recording
    await asyncio.sleep(0)  # the driver logs a statement one event-loop iteration later
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


async def accounts_with_most_orders(database: Database, count: int = 3) -> list[int]:
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


async def accounts_with_most_comments(database: Database, count: int = 3) -> list[int]:
    """The accounts whose posts have the most comments by others."""
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


async def add_account(session: AsyncSession, name: str) -> Account:
    account = Account(
        email=f"{name}@dashboard.example", full_name=name, country="France", password_hash="x"
    )
    session.add(account)
    await session.flush()
    return account


async def get_dashboard(client: httpx.AsyncClient, account_id: int) -> Any:
    response = await client.get(PATH, headers=bearer(account_id))
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_json_equals_what_the_pydantic_model_serializes(
    client: httpx.AsyncClient, database: Database
) -> None:
    for account_id in (
        1,
        *await accounts_with_most_orders(database),
        *await accounts_with_most_comments(database),
    ):
        response = await client.get(PATH, headers=bearer(account_id))
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "private, no-store"
        rewritten = Dashboard.model_validate_json(response.content).model_dump_json()
        pairs = [json.loads(body, object_pairs_hook=list) for body in (response.content, rewritten)]
        assert pairs[0] == pairs[1]
        assert response.json()["account"]["id"] == account_id


async def test_the_account_equals_the_response_of_api_me(client: httpx.AsyncClient) -> None:
    shown = (await client.get("/api/me", headers=bearer(1))).json()
    assert (await get_dashboard(client, 1))["account"] == shown


async def test_orders_and_statistics_match_the_tables(
    client: httpx.AsyncClient, database: Database
) -> None:
    for account_id in await accounts_with_most_orders(database):
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
        shown = Dashboard.model_validate(await get_dashboard(client, account_id))
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


async def test_notifications_are_the_newest_comments_by_others(
    client: httpx.AsyncClient, database: Database
) -> None:
    for account_id in await accounts_with_most_comments(database):
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
        shown = (await get_dashboard(client, account_id))["notifications"]
        assert rows
        assert [
            (one["id"], one["body"], one["author"]["id"], one["post"]["id"]) for one in shown
        ] == [tuple(row) for row in rows]


async def test_a_new_account_has_an_empty_dashboard(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.writing() as session:
        account = await add_account(session, "nothing")
    shown = await get_dashboard(client, account.id)
    assert shown["recent_orders"] == shown["notifications"] == []
    assert shown["statistics"] == {
        "orders": 0,
        "total_spent": "0.00",
        "first_order_at": None,
        "last_order_at": None,
        "favourite_category": None,
    }


async def test_the_dashboard_contains_no_data_of_another_account(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Two accounts with different data comment on each other's posts and share a product."""
    async with database.writing() as session:
        names = ("anne", "bert")
        accounts = [await add_account(session, name) for name in names]
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
            for writer, writer_name in zip(accounts, names, strict=True):
                session.add(Comment(post=post, author=writer, body=f"{writer_name} says"))
    anne, bert = [await get_dashboard(client, account.id) for account in accounts]
    assert [one["body"] for one in anne["notifications"]] == ["bert says"]
    assert [one["body"] for one in bert["notifications"]] == ["anne says"]
    # Only the name of a commenter may appear, and nothing else about them.
    anne["notifications"].clear()
    bert["notifications"].clear()
    assert "bert" not in json.dumps(anne)
    assert "anne" not in json.dumps(bert)
    for shown, account in ((anne, accounts[0]), (bert, accounts[1])):
        assert shown["account"]["id"] == account.id
        assert shown["statistics"]["orders"] == 1
        assert Decimal(shown["statistics"]["total_spent"]) == 1 + account.id


async def test_a_request_without_a_valid_token_is_rejected_with_401(
    client: httpx.AsyncClient,
) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, bearer(2147483647)):
        response = await client.get(PATH, headers=headers)
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["www-authenticate"].startswith("Bearer")


def with_pool_size(settings: Settings, size: int, **others: Any) -> Settings:
    return settings.model_copy(update={"pool_size": size, **others})


async def test_a_dashboard_is_one_statement_on_one_connection(settings: Settings) -> None:
    database = open_database(with_pool_size(settings, 10))
    async with (
        client_of(create_app(settings, database=database)) as client,
        record_statements(database) as recording,
    ):
        await get_dashboard(client, 1)
    assert (len(recording.statements), recording.peak, recording.checked_out) == (1, 1, 0)


@pytest.mark.parametrize(("size", "requests"), [(1, 1), (1, 10), (2, 50), (3, 20)])
async def test_in_a_small_pool_the_requests_share_the_connections(
    settings: Settings, size: int, requests: int
) -> None:
    database = open_database(with_pool_size(settings, size))
    accounts = range(1, requests + 1)
    async with client_of(create_app(settings, database=database)) as client:
        async with record_statements(database) as recording:
            shown = await asyncio.gather(*(get_dashboard(client, number) for number in accounts))
        assert [one["account"]["id"] for one in shown] == list(accounts)
        assert len(recording.statements) == requests
        assert len(set(recording.pids)) == size
        assert recording.peak <= size
        assert recording.checked_out == 0


async def test_a_pool_timeout_is_reported_as_503(settings: Settings) -> None:
    database = open_database(with_pool_size(settings, 1, pool_timeout=1.0))
    async with client_of(create_app(settings, database=database)) as client:
        async with database.driver():
            response = await client.get(PATH, headers=bearer(1))
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        await get_dashboard(client, 1)


async def test_a_part_that_takes_too_long_fails_the_request(
    settings: Settings, database: Database
) -> None:
    """The comments are locked, so the statement times out."""
    short_timeout = open_database(with_pool_size(settings, 4, statement_timeout=1.0))
    async with client_of(create_app(settings, database=short_timeout)) as client:
        async with record_statements(short_timeout) as recording:
            async with database.writing() as session:
                await session.execute(text("LOCK TABLE comments IN ACCESS EXCLUSIVE MODE"))
                response = await client.get(PATH, headers=bearer(1))
                assert response.status_code == 503
                assert response.headers["retry-after"] == "5"
            assert recording.checked_out == 0
        await get_dashboard(client, 1)


async def test_cancelling_a_request_releases_its_connection(
    settings: Settings, database: Database
) -> None:
    pool = open_database(with_pool_size(settings, 4))
    async with client_of(create_app(settings, database=pool)) as client:
        async with record_statements(pool) as recording, database.writing() as session:
            await session.execute(
                text("LOCK TABLE comments, orders, accounts IN ACCESS EXCLUSIVE MODE")
            )
            request = asyncio.create_task(client.get(PATH, headers=bearer(1)))
            for _ in range(400):
                if recording.checked_out < 1:
                    await asyncio.sleep(0.005)
            assert recording.checked_out == 1
            request.cancel()
            await asyncio.wait([request])
            assert recording.checked_out == 0
        await asyncio.gather(*(get_dashboard(client, number) for number in (1, 2, 3)))


def test_the_operation_is_documented_in_openapi() -> None:
    operation = create_app(Settings()).openapi()["paths"][PATH]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Dashboard"}
    assert {"401", "503"} <= set(operation["responses"])
    assert operation["security"]
