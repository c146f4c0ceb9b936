"""What pooling saves, counted, and what the trial of the exercise observes of a database."""

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


async def test_the_trial_accepts_the_finished_shop(settings: Settings) -> None:
    database = open_database(settings)
    async with database.reading() as session:
        before = await session.scalar(text("SELECT count(*) FROM categories"))
        seen = await trial(database)
        after = await session.scalar(text("SELECT count(*) FROM categories"))
    await database.close()
    assert seen["committed"]
    assert not seen["left_behind"]
    assert not seen["read_pings"]
    assert before == after, "the trial leaves rows in the database"


async def test_the_trial_detects_a_write_without_a_transaction(settings: Settings) -> None:
    engine = create_async_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    database = Database(engine)
    seen = await trial(database)
    await database.close()
    assert seen["left_behind"]


@pytest.mark.parametrize(("sizes", "expected"), [((3, 0), 3), ((2, 4), 6), ((10, 10), 20)])
async def test_overflow_connections_are_counted(
    settings: Settings, sizes: tuple[int, int], expected: int
) -> None:
    engine = create_async_engine(settings.database_url, pool_size=sizes[0], max_overflow=sizes[1])
    database = Database(engine)
    seen = await connections_at_once(database)
    await database.close()
    assert seen == expected


@pytest.mark.parametrize("path", ["/api/products/1", "/api/orders/1000", "/api/me"])
def test_pooling_saves_connections_and_round_trips(pair_of: Pairs, path: str) -> None:
    unpooled, pooled = costs(pair_of("pooling"), path)
    assert (unpooled.work.connections, pooled.work.connections) == (1, 0)
    # BEGIN and ROLLBACK; besides, a new connection has to prepare each statement.
    assert unpooled.work.round_trips >= pooled.work.round_trips + 2
    assert pooled.work.round_trips == pooled.work.statements
