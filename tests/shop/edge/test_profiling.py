"""One request is profiled alone, and answered like any other."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware

from app.shop.edge import edge
from app.shop.edge.profiling import Profiling
from app.shop.settings import Settings
from tests.shop.edge.serving import make_app, serve

PROFILED = {"X-Profile": "1"}


@dataclass
class Shop:
    url: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


def burn() -> int:
    """Keeps a processor busy."""
    ends = time.thread_time() + 0.05
    rounds = 0
    while time.thread_time() < ends:
        rounds += 1
    return rounds


def make_profiled_app(shop: Shop) -> FastAPI:
    app = make_app(Middleware(Profiling))

    @app.get("/wait")
    async def wait() -> str:
        shop.waiting.release()
        await asyncio.to_thread(shop.gate.wait, 10)
        return "waited"

    @app.get("/burn")
    async def burning() -> str:
        burn()
        return "burnt"

    @app.get("/children")
    async def children() -> str:
        async def child() -> None:
            await asyncio.sleep(0)
            burn()

        await asyncio.gather(child(), child())
        return "burnt"

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    @app.get("/factory")
    async def factory() -> str:
        return repr(asyncio.get_running_loop().get_task_factory())

    return app


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with serve(make_profiled_app(shop)) as shop.url:
        yield shop
        shop.gate.set()


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=shop.url) as client:
        yield client


def figures(answer: httpx.Response) -> dict[str, float]:
    """Milliseconds by name."""
    entries = re.findall(r"(\w+);dur=([\d.]+)", answer.headers["server-timing"])
    return {name: float(milliseconds) for name, milliseconds in entries}


async def test_where_the_time_went(client: httpx.AsyncClient) -> None:
    answer = await client.get("/burn", headers=PROFILED)
    assert answer.json() == "burnt"
    assert re.search(r'p1;dur=[\d.]+;desc="[\w.]+\.burn"', answer.headers["server-timing"])
    found = figures(answer)
    assert found["total"] >= found["running"] > found["waiting"]
    assert found["p1"] > found["running"] / 2
    assert sum(found[name] for name in found if name[0] == "p") <= found["running"] + 1


async def test_only_who_asks_is_told(client: httpx.AsyncClient) -> None:
    plain = await client.get("/burn")
    profiled = await client.get("/burn", headers=PROFILED)
    assert "server-timing" not in plain.headers
    assert set(profiled.headers) - set(plain.headers) == {"server-timing"}
    assert plain.content == profiled.content


async def test_what_others_burn_is_not_in_it(shop: Shop, client: httpx.AsyncClient) -> None:
    profiled = asyncio.create_task(client.get("/wait", headers=PROFILED))
    assert await asyncio.to_thread(shop.waiting.acquire, timeout=5)
    for _ in range(4):
        await client.get("/burn")
    shop.gate.set()
    answer = await profiled
    assert "burn" not in answer.headers["server-timing"]
    found = figures(answer)
    assert found["running"] < found["waiting"]


async def test_what_its_own_tasks_burn_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/children", headers=PROFILED)
    assert ".burn" in answer.headers["server-timing"]
    found = figures(answer)
    assert found["running"] > found["waiting"]


async def test_another_that_asks_meanwhile_goes_without(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    profiled = asyncio.create_task(client.get("/wait", headers=PROFILED))
    assert await asyncio.to_thread(shop.waiting.acquire, timeout=5)
    others = await asyncio.gather(*(client.get("/burn", headers=PROFILED) for _ in range(4)))
    for other in others:
        assert other.json() == "burnt"
        assert "server-timing" not in other.headers
    shop.gate.set()
    assert "server-timing" in (await profiled).headers
    assert "server-timing" in (await client.get("/burn", headers=PROFILED)).headers


async def test_nothing_is_left_behind(client: httpx.AsyncClient) -> None:
    threads = threading.active_count()
    for path in ("/burn", "/broken", "/children"):
        # After an exception the server closes the connection, too.
        await client.get(path, headers=PROFILED | {"Connection": "close"})
    assert (await client.get("/factory")).json() == "None"
    for _ in range(200):
        if threading.active_count() <= threads:
            break
        await asyncio.sleep(0.005)
    assert not [thread for thread in threading.enumerate() if thread.name == "profile"]


def test_it_is_there_only_where_it_is_asked_for() -> None:
    usual: list[object] = [layer.cls for layer in edge(Settings())]
    profiling: list[object] = [layer.cls for layer in edge(Settings(profiling=True))]
    assert profiling == [Profiling, *usual]
