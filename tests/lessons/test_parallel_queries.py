"""What parallel queries change, counted: connections in use at the same time."""

from fastapi import FastAPI

from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


def test_parallel_queries_use_four_connections_at_the_same_time(
    settings_without_redis: Settings,
) -> None:
    def peak_connections_of(app: FastAPI) -> int:
        with Server(app) as server, client_of(server) as client:
            work_of(server, lambda: client.get("/api/dashboard"))
            return server.ledger.peak_connections

    # The connection opened at startup is one of them.
    assert peak_connections_of(shop_before("parallel_queries", settings_without_redis)) == 1
    assert peak_connections_of(shop_after("parallel_queries", settings_without_redis)) == 4
