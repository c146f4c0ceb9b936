"""What the bulk insert saves, counted: statements and round trips; and what the trial of the
exercise observes of an endpoint."""

import asyncio
import sys
from collections.abc import Iterator

import pytest
from cloudpickle import register_pickle_by_value, unregister_pickle_by_value
from fastapi import APIRouter, FastAPI

from app.course.shops import shop_after, shop_before
from app.course.work import Work
from app.lab.services import connect
from app.lab.serving.server import Server
from app.lessons.bulk_insert import before
from app.lessons.bulk_insert.supplier import new_prices, new_products
from app.lessons.bulk_insert.trial import CLIENTS, PRODUCTS, trial
from app.shop.catalog.bulk_body import Prices
from app.shop.catalog.schemas import PricesChanged
from app.shop.catalog.writes import change_product
from app.shop.dependencies import DatabaseDep
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


@pytest.fixture
def settings() -> Iterator[Settings]:
    """A copy of the data for each test: a trial creates a trigger."""
    with connect("tests of bulk_insert") as client:
        yield Settings(database_url=client.lease().database_url)


def test_bulk_insert_takes_two_statements_instead_of_one_per_product(
    settings_without_redis: Settings,
) -> None:
    def work_of_bulk(app: FastAPI, kind: str, count: int) -> Work:
        products = [
            {"sku": f"{kind}-{number}", "name": "A thing", "price": "1.00", "category_id": 1}
            for number in range(count)
        ]
        with Server(app) as server, client_of(server, "catalog:write") as client:
            client.post("/api/products/bulk", json=[products.pop()])
            return work_of(server, lambda: client.post("/api/products/bulk", json=products))

    one_by_one = work_of_bulk(shop_before("bulk_insert", settings_without_redis), "single", 51)
    few = work_of_bulk(shop_after("bulk_insert", settings_without_redis), "few", 51)
    many = work_of_bulk(shop_after("bulk_insert", settings_without_redis), "many", 501)
    assert one_by_one.statements == 50
    assert (few.statements, few.round_trips) == (many.statements, many.round_trips)
    assert few.statements <= 2
    assert few.round_trips < 10


def test_price_changes_take_two_statements_instead_of_one_per_product(
    settings_without_redis: Settings,
) -> None:
    def work_of_prices(app: FastAPI, count: int) -> Work:
        with Server(app) as server, client_of(server, "catalog:write") as client:
            client.patch("/api/products/prices", json=new_prices(1))
            return work_of(
                server, lambda: client.patch("/api/products/prices", json=new_prices(count))
            )

    one_by_one = work_of_prices(shop_before("bulk_insert", settings_without_redis), 50)
    few = work_of_prices(shop_after("bulk_insert", settings_without_redis), 50)
    many = work_of_prices(shop_after("bulk_insert", settings_without_redis), 3_000)
    assert one_by_one.statements == 50
    assert (few.statements, few.round_trips) == (many.statements, many.round_trips) == (2, 4)


def test_every_delivery_is_new() -> None:
    skus = {product["sku"] for _ in range(3) for product in new_products(100)}
    assert len(skus) == 300


async def test_the_trial_accepts_the_finished_shop(settings: Settings) -> None:
    seen = await trial(APIRouter(), settings)
    alone = seen["alone"]
    assert (alone.status, alone.early, alone.updates) == (200, False, 1)
    assert alone.stored
    assert alone.renamed
    assert alone.after_commit
    assert alone.drops == (frozenset({"products", *(f"product:{number}" for number in PRODUCTS)}),)
    assert seen["opposite"].statuses == (200, 200)
    assert seen["crowd"].statuses == (200,) * CLIENTS
    for several in (seen["opposite"], seen["crowd"]):
        assert not several.mixed
        assert not several.lost


async def test_the_trial_sees_what_the_first_draft_does(settings: Settings) -> None:
    seen = await trial(before.router, settings)
    assert seen["alone"].updates == len(PRODUCTS)
    assert seen["alone"].status == 200
    # Each locks its products in the order of its body.
    assert sorted(seen["opposite"].statuses) == [200, 409]


locked = APIRouter()
ONE_AT_A_TIME = asyncio.Lock()


@locked.patch("/products/prices")
async def change_one_request_at_a_time(prices: Prices, database: DatabaseDep) -> PricesChanged:
    async with ONE_AT_A_TIME, database.writing() as session:
        for change in prices:
            await change_product(session, change.id, {"price": change.price})
    return PricesChanged(count=len(prices))


async def test_a_lock_of_one_process_prevents_no_deadlock_between_two(settings: Settings) -> None:
    register_pickle_by_value(sys.modules[__name__])  # as the code of a notebook is
    try:
        seen = await trial(locked, settings)
    finally:
        unregister_pickle_by_value(sys.modules[__name__])
    assert sorted(seen["opposite"].statuses) == [200, 409]
