from collections.abc import Iterator

import pytest

from app.lab.services import connect
from app.lab.services.seed.tables import Tables, build_tables


@pytest.fixture(scope="session")
def tables() -> Tables:
    """Built once, because reading the data set takes seconds."""
    return build_tables()


@pytest.fixture(scope="session")
def shop_dsn() -> Iterator[str]:
    """The URL of a private copy of the seeded database, for asyncpg."""
    with connect("test") as client:
        yield client.lease().database_url.replace("+asyncpg", "")
