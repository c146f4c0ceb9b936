"""What parallel queries change, counted: connections in use at the same time."""

from fastapi import FastAPI

from app.course.shops import shop_after, shop_before
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.course.rungs import client_of, work_of


def test_parallel_queries_use_connections_at_the_same_time(alone: Settings) -> None:
    def opened(app: FastAPI) -> int:
        with Server(app) as server, client_of(server) as client:
            work_of(server, lambda: client.get("/api/dashboard"))
            return server.ledger.peak_connections

    # The one that start-up has opened is among them.
    assert opened(shop_before("parallel_queries", alone)) == 1
    assert opened(shop_after("parallel_queries", alone)) == 4
