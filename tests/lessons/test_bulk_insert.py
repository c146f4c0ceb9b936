"""What the bulk insert saves, counted: statements."""

from fastapi import FastAPI

from app.course.shops import shop_after, shop_before
from app.course.work import Work
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


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
