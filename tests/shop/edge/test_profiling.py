"""Profiling covers one request at a time and does not change its response."""

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
    """Use 50 ms of CPU time."""
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


def durations(response: httpx.Response) -> dict[str, float]:
    """The durations in ``Server-Timing``, in milliseconds by name."""
    entries = re.findall(r"(\w+);dur=([\d.]+)", response.headers["server-timing"])
    return {name: float(milliseconds) for name, milliseconds in entries}


async def test_server_timing_names_the_function_that_took_the_time(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/burn", headers=PROFILED)
    assert response.json() == "burnt"
    assert re.search(r'p1;dur=[\d.]+;desc="[\w.]+\.burn"', response.headers["server-timing"])
    found = durations(response)
    assert found["total"] >= found["running"] > found["waiting"]
    assert found["p1"] > found["running"] / 2
    assert sum(found[name] for name in found if name[0] == "p") <= found["running"] + 1


async def test_only_a_request_with_the_profiling_header_gets_server_timing(
    client: httpx.AsyncClient,
) -> None:
    plain = await client.get("/burn")
    profiled = await client.get("/burn", headers=PROFILED)
    assert "server-timing" not in plain.headers
    assert set(profiled.headers) - set(plain.headers) == {"server-timing"}
    assert plain.content == profiled.content


async def test_cpu_time_of_other_requests_is_not_included(
    shop: Shop, client: httpx.AsyncClient
) -> None:
    profiled = asyncio.create_task(client.get("/wait", headers=PROFILED))
    assert await asyncio.to_thread(shop.waiting.acquire, timeout=5)
    for _ in range(4):
        await client.get("/burn")
    shop.gate.set()
    response = await profiled
    assert "burn" not in response.headers["server-timing"]
    found = durations(response)
    assert found["running"] < found["waiting"]


async def test_cpu_time_of_the_tasks_of_a_request_is_included(client: httpx.AsyncClient) -> None:
    response = await client.get("/children", headers=PROFILED)
    assert ".burn" in response.headers["server-timing"]
    found = durations(response)
    assert found["running"] > found["waiting"]


async def test_requests_during_a_profile_are_served_without_one(
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


async def test_no_thread_or_task_factory_remains_after_a_profile(client: httpx.AsyncClient) -> None:
    threads = threading.active_count()
    for path in ("/burn", "/broken", "/children"):
        # The server closes the connection after an exception.
        await client.get(path, headers=PROFILED | {"Connection": "close"})
    assert (await client.get("/factory")).json() == "None"
    for _ in range(200):
        if threading.active_count() <= threads:
            break
        await asyncio.sleep(0.005)
    assert not [thread for thread in threading.enumerate() if thread.name == "profile"]


def test_profiling_is_installed_only_if_the_settings_enable_it() -> None:
    usual: list[object] = [layer.cls for layer in edge(Settings())]
    profiling: list[object] = [layer.cls for layer in edge(Settings(profiling=True))]
    assert profiling == [Profiling, *usual]
