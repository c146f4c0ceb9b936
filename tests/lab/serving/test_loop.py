"""The loop that all servers share: it survives what an endpoint does, and keeps servers apart."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from app.lab.serving.server import Server


def serve(endpoint: Callable[..., Any], *, start: Callable[[], object] = lambda: None) -> Server:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        start()
        yield

    app = FastAPI(lifespan=lifespan)
    app.get("/")(endpoint)
    return Server(app)


def ask(server: Server) -> Any:
    return httpx.get(server.url, timeout=60).json()


async def stop_the_loop() -> None:
    asyncio.get_running_loop().stop()


async def leave() -> None:
    sys.exit("an endpoint has no business to do this")


async def raise_from_a_callback() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    asyncio.get_running_loop().call_soon(interrupt)


@pytest.mark.parametrize("end", [stop_the_loop, leave, raise_from_a_callback])
def test_an_endpoint_cannot_end_it(end: Callable[[], Awaitable[None]]) -> None:
    async def hello() -> str:
        return "hello"

    with serve(hello) as bystander:
        with serve(end) as server:
            httpx.get(server.url, timeout=60)
        assert ask(bystander) == "hello"


def test_servers_run_in_the_same_one() -> None:
    async def name_loop() -> int:
        return id(asyncio.get_running_loop())

    with serve(name_loop) as first, serve(name_loop) as second:
        assert ask(first) == ask(second)


def test_tasks_end_with_their_server() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def start_a_task() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(3600)))

    with serve(start_a_task) as staying:
        with serve(start_a_task) as leaving:
            ask(staying)
            ask(leaving)
        assert [task.cancelled() for task in tasks] == [False, True]


def test_each_keeps_its_number_of_threads() -> None:
    async def count() -> float:
        return current_default_thread_limiter().total_tokens

    def choose(number: int) -> Callable[[], None]:
        def start() -> None:
            current_default_thread_limiter().total_tokens = number

        return start

    with serve(count) as usual:
        default = ask(usual)
        with serve(count, start=choose(3)) as few, serve(count, start=choose(90)) as many:
            assert [ask(server) for server in (few, many, few, usual)] == [3, 90, 3, default]
        assert ask(usual) == default


def test_each_keeps_its_executor() -> None:
    async def name_thread() -> str:
        return await asyncio.to_thread(lambda: threading.current_thread().name)

    def choose() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1, "chosen"))

    with serve(name_thread) as usual, serve(name_thread, start=choose) as own:
        assert ask(own).startswith("chosen")
        assert not ask(usual).startswith("chosen")
    with serve(name_thread) as later:
        assert not ask(later).startswith("chosen")


def test_a_worker_thread_serves_more_than_one_request() -> None:
    with serve(lambda: threading.get_ident()) as server:
        assert len({ask(server) for _ in range(5)}) == 1
