from collections.abc import Iterator

import pytest

from app.lab.services import connect
from app.lab.services.seed.tables import Tables, build_tables


@pytest.fixture(scope="session")
def tables() -> Tables:
    """Made once: reading the data set takes seconds."""
    return build_tables()


@pytest.fixture(scope="session")
def shop_dsn() -> Iterator[str]:
    """A private copy of the seeded database, in asyncpg's form."""
    with connect("test") as client:
        yield client.lease().database_url.replace("+asyncpg", "")
