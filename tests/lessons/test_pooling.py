"""What pooling removes, counted, and what the exercise's trial sees of a database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.lab.services import connect
from app.lessons.pooling.trial import connections_at_once, trial
from app.shop.database import Database, open_database
from app.shop.settings import Settings
from tests.lessons.costs import Pairs, costs


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with connect("tests of pooling") as client:
        yield Settings(database_url=client.lease().database_url)


async def test_the_finished_shop_passes(settings: Settings) -> None:
    database = open_database(settings)
    async with database.reading() as session:
        before = await session.scalar(text("SELECT count(*) FROM categories"))
        seen = await trial(database)
        after = await session.scalar(text("SELECT count(*) FROM categories"))
    await database.close()
    assert seen["committed"]
    assert not seen["left_behind"]
    assert not seen["read_pings"]
    assert before == after, "the trial leaves nothing in the database"


async def test_a_write_without_a_transaction_is_left_behind(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    database = Database(engine)
    seen = await trial(database)
    await database.close()
    assert seen["left_behind"]


@pytest.mark.parametrize(("sizes", "expected"), [((3, 0), 3), ((2, 4), 6), ((10, 10), 20)])
async def test_overflow_counts_as_well(
    settings: Settings, sizes: tuple[int, int], expected: int
) -> None:
    engine = create_async_engine(settings.database_url, pool_size=sizes[0], max_overflow=sizes[1])
    database = Database(engine)
    seen = await connections_at_once(database)
    await database.close()
    assert seen == expected


@pytest.mark.parametrize("path", ["/api/products/1", "/api/orders/1000", "/api/me"])
def test_pooling_takes_connections_and_round_trips_away(pair_of: Pairs, path: str) -> None:
    found, left = costs(pair_of("pooling"), path)
    assert (found.work.connections, left.work.connections) == (1, 0)
    # BEGIN and ROLLBACK; a new connection has to prepare each statement, too.
    assert found.work.round_trips >= left.work.round_trips + 2
    assert left.work.round_trips == left.work.statements
