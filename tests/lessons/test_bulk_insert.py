"""What the bulk insert removes, counted: statements."""

from fastapi import FastAPI

from app.course.shops import shop_after, shop_before
from app.course.work import Work
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


def test_bulk_insert_takes_statements_away(alone: Settings) -> None:
    def added(app: FastAPI, kind: str, count: int) -> Work:
        products = [
            {"sku": f"{kind}-{number}", "name": "A thing", "price": "1.00", "category_id": 1}
            for number in range(count)
        ]
        with Server(app) as server, client_of(server, "catalog:write") as client:
            client.post("/api/products/bulk", json=[products.pop()])
            return work_of(server, lambda: client.post("/api/products/bulk", json=products))

    one_by_one = added(shop_before("bulk_insert", alone), "single", 51)
    few = added(shop_after("bulk_insert", alone), "few", 51)
    many = added(shop_after("bulk_insert", alone), "many", 501)
    assert one_by_one.statements == 50
    assert (few.statements, few.round_trips) == (many.statements, many.round_trips)
    assert few.statements <= 2
    assert few.round_trips < 10
