"""The shop after each lesson, served on a database of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from app.course.shops import shop_after
from app.course.work import Work
from app.lab.services import connect
from app.lab.serving.ladder import rungs
from app.lab.serving.server import Server
from app.shop.settings import Settings
from tests.shop.auth import bearer

FINISHED = "finished"
SHOPS = (*rungs(), FINISHED)
"""The states of the shop: the first draft, then after each rung, then finished."""


def shop(after: str, settings: Settings) -> FastAPI:
    """The shop in the state ``after``, one of ``SHOPS``."""
    return shop_after(None if after == FINISHED else after, settings)


@contextmanager
def leased() -> Iterator[Settings]:
    """Settings for a copy of the seeded database that no other test reads."""
    with connect("tests of the shops") as client:
        lease = client.lease()
        yield Settings(
            database_url=lease.database_url,
            redis_url=lease.redis_url,
            redis_prefix=lease.redis_prefix,
            pool_size=4,
        )


@contextmanager
def client_of(server: Server, *scopes: str) -> Iterator[httpx.Client]:
    """A client with a token of the test account."""
    headers = bearer(1, *scopes)
    with httpx.Client(base_url=server.url, headers=headers, timeout=30, verify=False) as client:
        yield client


def work_of(server: Server, request: Callable[[], httpx.Response]) -> Work:
    """The work that one request takes."""
    before = server.ledger.total
    response = request()
    assert response.status_code < 300, response.text
    # The client has the response slightly before the application has finished the request.
    while server.ledger.total.requests == before.requests:
        time.sleep(0.001)
    return server.ledger.total - before
