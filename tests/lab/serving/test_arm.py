"""What an arm has to itself."""

import asyncpg
import httpx
import pytest

from app.course.overlay import Overlay
from app.course.shop import Shop
from app.lab.services import Client
from app.lab.services.external import plain_url
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.schema import SchemaError
from app.lab.serving.server import ServerError
from app.shop.database import Database
from app.shop.settings import Settings


@pytest.fixture(scope="module")
def copies(services: Client) -> Copies:
    return Copies(services)


def settings_of(arm: Arm) -> Settings:
    assert arm.settings is not None
    return arm.settings


async def execute(arm: Arm, sql: str) -> str:
    connection = await asyncpg.connect(plain_url(settings_of(arm).database_url))
    try:
        return str(await connection.fetchval(sql))
    finally:
        await connection.close()


async def test_two_arms_share_neither_database_nor_prefix(copies: Copies) -> None:
    with Arm(Shop(), copies) as one, Arm(Shop(), copies) as other:
        first, second = settings_of(one), settings_of(other)
        assert first.database_url != second.database_url
        assert first.redis_prefix != second.redis_prefix
        await execute(one, "DELETE FROM comments")
        assert await execute(other, "SELECT count(*) FROM comments") != "0"


async def test_a_copy_is_used_again_only_while_it_is_clean(copies: Copies) -> None:
    with Arm(Shop(), copies) as arm:
        read = settings_of(arm)
        await execute(arm, "SELECT count(*) FROM orders")
    with Arm(Shop(), copies) as arm:
        assert settings_of(arm).database_url == read.database_url
        assert settings_of(arm).redis_prefix != read.redis_prefix
        await execute(arm, "UPDATE products SET price = price + 1 WHERE id = 1")
    with Arm(Shop(), copies) as arm:
        assert settings_of(arm).database_url != read.database_url


async def test_the_schema_is_changed_on_a_copy_of_its_own(copies: Copies) -> None:
    copy = copies.acquire()
    shop = Shop().with_schema(["CREATE INDEX CONCURRENTLY by_country ON orders (country)"])
    found = "SELECT count(*) FROM pg_indexes WHERE indexname = 'by_country'"
    with Arm(shop, copies, copy=copy) as changed, Arm(Shop(), copies, copy=copy) as other:
        assert await execute(changed, found) == "1"
        assert await execute(other, found) == "0"
    copies.release(copy)


def test_a_statement_that_postgresql_refuses_is_named(copies: Copies) -> None:
    with pytest.raises(SchemaError, match=r'"ordres" does not exist The statement: CREATE INDEX'):
        Arm(Shop().with_schema(["CREATE INDEX ON ordres (id)"]), copies)


def test_an_arm_that_does_not_start_releases_its_copy(copies: Copies) -> None:
    def broken(settings: Settings) -> Database:
        raise RuntimeError(settings.database_url)

    with pytest.raises(RuntimeError) as raised:
        Arm(Shop(overlay=Overlay(database=broken)), copies)
    with Arm(Shop(), copies) as arm:
        assert settings_of(arm).database_url == str(raised.value)


def test_a_port_that_is_taken_is_a_sentence(copies: Copies) -> None:
    with Arm(Shop(), copies) as arm:
        port = int(arm.url.rpartition(":")[2])
        with pytest.raises(Exception, match=f"Port {port} cannot be used"):
            Arm(Shop(), copies, port=port)
        assert httpx.get(f"{arm.url}/healthz").status_code == 200


def test_too_many_connections_for_postgresql_do_not_start(copies: Copies) -> None:
    with pytest.raises(ServerError, match="BudgetExceeded"):
        Arm(Shop(settings={"pool_size": 5_000}), copies)
