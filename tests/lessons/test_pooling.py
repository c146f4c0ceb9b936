"""What the exercise's trial sees of a database that is used directly."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.lab.services import connect
from app.lessons.pooling.trial import connections_at_once, trial
from app.shop.database import Database, open_database
from app.shop.settings import Settings


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
