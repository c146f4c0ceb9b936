"""Every expected error is reported as problem details, none of them as a 500."""

import socket
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.shop import create_app
from app.shop.database import Database, open_database
from app.shop.dependencies import DatabaseDep
from app.shop.errors import DatabaseUnavailable
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of


def assert_problem(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]


@pytest.mark.parametrize("kind", ["orders", "posts", "users", "products"])
async def test_an_unknown_id_is_404_and_an_id_out_of_range_is_422(
    client: httpx.AsyncClient, kind: str
) -> None:
    for number in (0, 2147483647):
        response = await client.get(f"/api/{kind}/{number}")
        assert_problem(response, 404)
        assert str(number) in response.json()["detail"]
    for number in (2**31, 2**63, 10**40):
        assert_problem(await client.get(f"/api/{kind}/{number}"), 422)


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/api/orders/one", "/api/orders/-1"])
async def test_an_unknown_path_is_404(client: httpx.AsyncClient, path: str) -> None:
    assert_problem(await client.get(path), 404)


async def test_an_id_too_long_for_python_to_parse_is_a_client_error(shop_url: str) -> None:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        response = await client.get("/api/orders/" + "9" * 5000)
    assert response.status_code in (404, 422)


async def test_a_method_that_is_not_allowed_is_405(client: httpx.AsyncClient) -> None:
    response = await client.delete("/api/orders/1")
    assert_problem(response, 405)
    assert response.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("orders?limit=0", "query.limit"),
        ("orders?limit=2001", "query.limit"),
        ("orders?limit=many", "query.limit"),
        (f"orders?limit={10**30}", "query.limit"),
        ("orders?before=0", "query.before"),
        (f"orders?before={2**31}", "query.before"),
        (f"posts?before={10**30}", "query.before"),
        ("users?after=-1", "query.after"),
        (f"users?after={2**63}", "query.after"),
        (f"products?category={2**31}", "query.category"),
        (f"products?after={'9' * 4400}", "query.after"),
        (f"categories/{2**31}/products", "path.category_id"),
    ],
)
async def test_a_parameter_out_of_range_is_422_and_named(
    client: httpx.AsyncClient, query: str, location: str
) -> None:
    response = await client.get(f"/api/{query}")
    assert_problem(response, 422)
    assert [error["location"] for error in response.json()["errors"]] == [location]


async def test_an_exhausted_pool_is_503_until_a_connection_is_released(settings: Settings) -> None:
    settings = settings.model_copy(update={"pool_size": 1, "pool_timeout": 1.0})
    database = open_database(settings)
    async with client_of(create_app(settings, database=database)) as client:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
            for path in ("/api/orders?limit=1", "/readyz"):
                response = await client.get(path)
                assert_problem(response, 503)
                assert response.headers["retry-after"] == "1"
            writer = bearer(1, "community:write")
            comment = client.post("/api/posts/1/comments", json={"body": "x"}, headers=writer)
            assert_problem(await comment, 503)
            assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/api/orders?limit=1")).status_code == 200


@pytest.fixture
async def unreachable() -> AsyncIterator[httpx.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = Settings(database_url=f"postgresql+asyncpg://postgres@127.0.0.1:{port}/shop")
    async with client_of(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize("path", ["/api/orders", "/api/products/1", "/readyz"])
async def test_an_unreachable_server_is_503(unreachable: httpx.AsyncClient, path: str) -> None:
    assert_problem(await unreachable.get(path), 503)
    assert (await unreachable.get("/healthz")).json() == {"status": "ok"}


async def test_an_unknown_database_is_503(settings: Settings) -> None:
    url = settings.database_url
    engine = create_async_engine(url, connect_args={"database": "there_is_none"})
    async with client_of(create_app(settings, database=Database(engine))) as client:
        assert_problem(await client.get("/api/orders"), 503)


async def test_a_terminated_connection_is_503_once(settings: Settings, database: Database) -> None:
    settings = settings.model_copy(update={"pool_size": 1})
    async with client_of(create_app(settings)) as client:
        assert (await client.get("/readyz")).status_code == 200
        async with database.writing() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        statuses = [(await client.get("/readyz")).status_code for _ in range(3)]
        assert statuses == [503, 200, 200]


async def test_a_server_that_has_no_free_connection_is_503(settings: Settings) -> None:
    """The limit is that of a role here, so that it does not affect other tests."""
    admin = create_async_engine(settings.database_url, poolclass=NullPool)
    async with admin.begin() as connection:
        await connection.execute(text("DROP ROLE IF EXISTS few_connections"))
        await connection.execute(
            text("CREATE ROLE few_connections LOGIN PASSWORD 'few' CONNECTION LIMIT 1")
        )
    engine = create_async_engine(
        settings.database_url,
        connect_args={"user": "few_connections", "password": "few"},
        pool_size=2,
    )
    database = Database(engine)
    try:
        async with client_of(create_app(settings, database=database)) as client:
            async with database.reading() as session:
                await session.execute(text("SELECT 1"))
                assert_problem(await client.get("/readyz"), 503)
            assert (await client.get("/readyz")).status_code == 200
    finally:
        async with admin.begin() as connection:
            await connection.execute(text("DROP ROLE few_connections"))


@pytest.mark.parametrize("error", [RuntimeError, ValueError])
async def test_an_unexpected_exception_is_500_without_its_message(
    settings: Settings, error: type[Exception]
) -> None:
    app = create_app(settings)

    @app.get("/broken")
    async def broken() -> None:
        raise error("secret")

    async with client_of(app) as client:
        response = await client.get("/broken")
        assert_problem(response, 500)
        assert "secret" not in response.text


@pytest.mark.parametrize("via", ["session", "driver"])
@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", 409),  # a deadlock
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", 409),
        ("SELECT pg_sleep(60)", 503),  # cancelled by the statement timeout
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END $$", 503),
    ],
)
async def test_an_error_of_postgresql_is_409_or_503_by_its_code(
    settings: Settings, via: str, statement: str, status: int
) -> None:
    router = APIRouter()

    @router.get("/failing")
    async def failing(database: DatabaseDep) -> None:
        if via == "driver":
            await database.fetch_value(statement)
        else:
            async with database.reading() as session:
                await session.execute(text(statement))

    short_timeout = settings.model_copy(update={"statement_timeout": 1.0})
    async with client_of(create_app(short_timeout, routers=[router])) as client:
        assert_problem(await client.get("/api/failing"), status)
        assert (await client.get("/readyz")).status_code == 200


async def test_a_response_lists_at_most_twenty_errors(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/api/auth/login", json={f"unknown {number}": 1 for number in range(1_000)}
    )
    assert_problem(response, 422)
    assert len(response.json()["errors"]) == 20


@pytest.mark.parametrize("kind", [asyncpg.InterfaceError, asyncpg.InternalClientError])
@pytest.mark.parametrize("lost", [True, False])
async def test_a_driver_error_is_unavailability_only_if_the_connection_was_lost(
    database: Database, kind: type[Exception], lost: bool
) -> None:
    """The driver may detect a loss during an operation. Without a loss, the error is a bug."""

    async def use() -> None:
        async with database.driver() as driver:
            if lost:
                await driver.close()
            raise kind("cannot switch to another state")

    with pytest.raises(DatabaseUnavailable if lost else kind):
        await use()
