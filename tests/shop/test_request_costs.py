"""The cost of every endpoint, counted on the wire.

A change that increases one of these numbers has to be deliberate.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from app.shop import create_app
from app.shop.cache import NoCache
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.writing import private_database, work_of

NUMBERS = count(1)


def new_product() -> dict[str, Any]:
    return {"sku": f"WORK-{next(NUMBERS)}", "name": "A thing", "price": "1.00", "category_id": 1}


READS: dict[str, tuple[int, int]] = {
    "/healthz": (0, 0),
    "/readyz": (1, 1),
    "/api/products?limit=20": (1, 1),
    "/api/products/1": (1, 1),
    "/api/products/search?q=heart": (1, 1),
    "/api/categories": (1, 1),
    "/api/categories/1/products": (1, 1),
    "/api/users?limit=20": (1, 1),
    "/api/users/1": (1, 1),
    "/api/posts?limit=20": (1, 1),
    "/api/posts/1": (1, 1),
    "/api/orders?limit=20": (1, 1),
    "/api/orders/1": (1, 1),
    "/api/me": (1, 1),
    "/api/dashboard": (1, 1),
    # Without a cache, the past months are queried every time.
    "/api/reports/sales?country=Iceland": (2, 2),
    "/api/products/999999999": (1, 1),
}
"""Statements and round trips of a GET over open connections, without a cache."""

WRITES: dict[tuple[str, str], tuple[Any, tuple[int, int]]] = {
    ("POST", "/api/auth/login"): (
        lambda: {"email": "test@example.com", "password": "testpass123"},
        (1, 1),
    ),
    # A transaction is three round trips: BEGIN, the statement, COMMIT.
    ("POST", "/api/products"): (new_product, (1, 3)),
    ("PATCH", "/api/products/1"): (lambda: {"price": "2.00"}, (1, 3)),
    ("POST", "/api/products/bulk"): (lambda: [new_product() for _ in range(500)], (2, 7)),
    ("PATCH", "/api/products/prices"): (
        lambda: [{"id": number, "price": f"{next(NUMBERS)}.00"} for number in range(1, 501)],
        (2, 4),
    ),
    ("POST", "/api/posts"): (
        lambda: {"product_id": 1, "title": "Good", "body": "It is.", "rating": 5},
        (2, 4),
    ),
    ("POST", "/api/posts/1/comments"): (lambda: {"body": "Agreed."}, (1, 3)),
    ("POST", "/api/orders"): (
        lambda: {"lines": [{"product_id": number, "quantity": 1} for number in range(1, 51)]},
        (2, 4),
    ),
}


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with private_database() as url:
        yield Settings(database_url=url, pool_size=4)


def all_scopes() -> dict[str, str]:
    return bearer(1, "catalog:write", "orders:write", "community:write")


@pytest.mark.parametrize("path", READS)
async def test_the_statements_and_round_trips_of_a_read(settings: Settings, path: str) -> None:
    async def request(client: httpx.AsyncClient) -> None:
        response = await client.get(path, headers=all_scopes())
        assert response.status_code == (404 if "999999999" in path else 200)

    work = await work_of(create_app(settings, cache=NoCache()), request)
    assert (work.statements, work.round_trips) == READS[path]


@pytest.mark.parametrize("endpoint", WRITES, ids=" ".join)
async def test_the_statements_and_round_trips_of_a_write(
    settings: Settings, endpoint: tuple[str, str]
) -> None:
    make, expected = WRITES[endpoint]

    async def request(client: httpx.AsyncClient) -> None:
        response = await client.request(*endpoint, json=make(), headers=all_scopes())
        assert response.status_code in (200, 201), response.text

    work = await work_of(create_app(settings, cache=NoCache()), request)
    assert (work.statements, work.round_trips) == expected


def test_every_documented_endpoint_is_counted() -> None:
    documented = {
        (method.upper(), path)
        for path, operations in create_app(Settings()).openapi()["paths"].items()
        for method in operations
    }
    counted = {("GET", path.partition("?")[0]) for path in READS} | set(WRITES)
    not_counted = {
        ("DELETE", "/api/products/{product_id}"),  # the second request would find no product
        ("GET", "/api/export/order-lines"),  # has tests of its own
    }
    missing = {
        (method, path)
        for method, path in documented - not_counted
        if not any(
            method == m and len(p.split("/")) == len(path.split("/")) and _fits(path, p)
            for m, p in counted
        )
    }
    assert not missing


def _fits(template: str, path: str) -> bool:
    parts = zip(template.split("/"), path.split("/"), strict=True)
    return all(part.startswith("{") or part == other for part, other in parts)
