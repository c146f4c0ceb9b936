"""Real services for the tests of the lab, and one private copy of the database per test session."""

from collections.abc import Iterator

import pytest

from app.lab.services import Client, Lease, connect
from app.shop.settings import Settings


@pytest.fixture(scope="session")
def services() -> Iterator[Client]:
    with connect("tests of the lab") as client:
        yield client


@pytest.fixture(scope="session")
def lease(services: Client) -> Lease:
    return services.lease()


@pytest.fixture
def settings(lease: Lease) -> Settings:
    return Settings(
        database_url=lease.database_url,
        redis_url=lease.redis_url,
        redis_prefix=lease.redis_prefix,
    )
