"""Several worker processes: started, counted, addressed one by one, and ended."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import psutil
import pytest
from fastapi import APIRouter

from app.course.network import Network
from app.course.objects import Objects
from app.course.overlay import Overlay
from app.course.shop import Shop
from app.course.shops import flaws_after
from app.course.wal import Wal
from app.lab.services import Client
from app.lab.serving import forking
from app.lab.serving.arm import Arm
from app.lab.serving.copies import Copies
from app.lab.serving.exchange import exchange
from app.lab.serving.server import ServerError
from app.lab.serving.watchdog import Unanswered
from app.shop.cache import MemoryCache
from app.shop.dependencies import ReadSession
from app.shop.settings import Settings
from tests.lab.serving.cells import cell

pytestmark = pytest.mark.slow

router = APIRouter()


@router.get("/process")
async def process(session: ReadSession) -> int:  # noqa: ARG001
    return os.getpid()


@pytest.fixture(scope="module")
def copies(services: Client) -> Copies:
    return Copies(services)


def open_cache(settings: Settings) -> MemoryCache:
    return MemoryCache(settings.cache_seconds)


@pytest.fixture(scope="module")
def arm(copies: Copies) -> Iterator[Arm]:
    overlay = Overlay(routers=(router,), cache=open_cache)
    with Arm(Shop(flaws_after("memory_cache"), overlay, workers=2), copies) as arm:
        yield arm


async def test_each_worker_is_a_process_with_an_address_of_its_own(arm: Arm) -> None:
    urls = arm.host.urls
    pids = [(await exchange(arm.host, "/api/process", at=url)).answer for url in urls]
    assert len({*pids, os.getpid()}) == 3
    assert (await exchange(arm.host, "/api/process")).answer in pids


async def test_a_worker_counts_objects(arm: Arm) -> None:
    """The second response comes from the cache of the same worker, and builds nothing."""
    path, url = "/api/orders?limit=3", arm.host.urls[0]
    first = await exchange(arm.host, path, at=url, instruments=["objects"])
    second = await exchange(arm.host, path, at=url, instruments=["objects"])
    assert first.objects is not None
    assert first.objects.loaded > 3
    assert second.objects == Objects()
    assert (await exchange(arm.host, path, at=url)).objects is None


async def test_a_worker_counts_wal_and_measures_memory(arm: Arm) -> None:
    url = arm.host.urls[0]
    await exchange(arm.host, "/api/process", at=url)
    seen = await exchange(arm.host, "/api/process", at=url, instruments=["wal", "memory"])
    assert seen.wal in (Wal(), None)  # it reads only; None on a server older than PostgreSQL 18
    assert seen.peak_memory


@router.get("/variable")
async def variable(session: ReadSession) -> str | None:  # noqa: ARG001
    return os.environ.get("COURSE_TRIED")


@pytest.mark.skipif(not forking.CAN_FORK, reason="workers are forked on Linux only")
async def test_workers_are_forked_from_a_process_with_the_same_environment(
    copies: Copies, arm: Arm, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = arm.host.urls
    pids = [(await exchange(arm.host, "/api/process", at=url)).answer for url in urls]
    parents = {psutil.Process(pid).ppid() for pid in pids}
    assert len(parents) == 1
    assert os.getpid() not in parents
    monkeypatch.setenv("COURSE_TRIED", "yes")
    with Arm(Shop(overlay=Overlay(routers=(router,)), workers=2), copies) as other:
        assert (await exchange(other.host, "/api/variable")).answer == "yes"
        # Those of the first server go on without it.
        assert (await exchange(arm.host, "/api/variable")).answer is None


async def test_where_nothing_can_be_forked_workers_are_started(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forking, "CAN_FORK", False)
    before = _children()
    with Arm(Shop(overlay=Overlay(routers=(router,)), workers=2), copies) as arm:
        started = {psutil.Process(pid).ppid() for pid in _children() - before}
        assert started == {os.getpid()}
        urls = arm.host.urls
        pids = [(await exchange(arm.host, "/api/process", at=url)).answer for url in urls]
        assert len(set(pids)) == 2
    assert _children() <= before


async def test_workers_run_on_the_network_of_their_shop(copies: Copies) -> None:
    network = Network(delay=0.05, megabits_per_second=16)
    shop = Shop(overlay=Overlay(routers=(router,)), workers=2, network=network)
    with Arm(shop, copies) as arm:
        for url in arm.host.urls:
            seen = await exchange(arm.host, "/api/products/1", at=url)
            assert seen.status == 200, seen.exception
            assert seen.seconds >= seen.work.round_trips * 0.05
            began = time.perf_counter()
            orders = await exchange(arm.host, "/api/orders?limit=500", at=url)
            assert time.perf_counter() - began >= orders.work.response_bytes / 1_000_000


async def test_a_worker_does_not_see_the_cache_of_the_other(arm: Arm) -> None:
    one, other = arm.host.urls
    statements = [
        (await exchange(arm.host, "/api/products/1", at=url)).work.statements > 0
        for url in (one, one, other, other)
    ]
    assert statements == [True, False, True, False]


async def test_the_counts_of_all_workers_are_added(arm: Arm) -> None:
    before = arm.host.total
    for url in (*arm.host.urls, arm.url):
        await exchange(arm.host, "/api/products/2", at=url)
    while (arm.host.total - before).requests < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (arm.host.total - before).requests == 3
    assert (arm.host.total - before).statements >= 2


async def test_a_copy_that_workers_had_is_not_used_again(copies: Copies) -> None:
    with Arm(Shop(workers=2), copies) as arm:
        assert arm.settings is not None
        used = arm.settings.database_url
    with Arm(Shop(), copies) as arm:
        assert arm.settings is not None
        assert arm.settings.database_url != used


async def test_a_worker_that_does_not_return_is_interrupted(copies: Copies) -> None:
    endless = cell("async def endpoint():\n    while True:\n        pass\n")
    endless_router = APIRouter()
    endless_router.get("/endless")(endless)
    with Arm(Shop(overlay=Overlay(routers=(endless_router, router)), workers=2), copies) as arm:
        with pytest.raises(Unanswered, match="`endpoint` does not return") as error:
            await exchange(arm.host, "/api/endless")
        assert "of your cell. It was interrupted" in str(error.value)
        for url in arm.host.urls:
            assert (await exchange(arm.host, "/api/process", at=url)).status == 200


async def test_a_worker_that_cannot_be_interrupted_is_stopped(copies: Copies) -> None:
    stubborn = cell(
        "async def endpoint():\n    while True:\n        try:\n            while True:\n"
        "                pass\n        except BaseException:\n            pass\n"
    )
    stubborn_router = APIRouter()
    stubborn_router.get("/endless")(stubborn)
    before = _children()
    with Arm(Shop(overlay=Overlay(routers=(stubborn_router,)), workers=2), copies) as arm:
        with pytest.raises(Unanswered, match="`endpoint` does not return"):
            await exchange(arm.host, "/api/endless")
        assert not arm.host.alive
        assert len(_children() - before) == 1


def test_workers_end_with_their_arm(copies: Copies) -> None:
    before = _children()
    with Arm(Shop(workers=2), copies) as arm:
        pids = _children() - before
        assert len(pids) == 2
    assert not pids & _children()
    with pytest.raises(httpx.ConnectError):
        httpx.get(arm.url)


def test_a_worker_that_does_not_start_says_why(copies: Copies) -> None:
    before = _children()
    with pytest.raises(ServerError, match="connections, and PostgreSQL accepts"):
        Arm(Shop(settings={"pool_size": 5_000}, workers=2), copies)
    assert _children() <= before


def test_an_unexpected_error_of_a_worker_comes_with_its_traceback(copies: Copies) -> None:
    def opening(settings: Settings) -> MemoryCache:
        raise KeyError(settings.workers)

    with pytest.raises(ServerError, match="KeyError: 2") as failure:
        Arm(Shop(overlay=Overlay(cache=opening), workers=2), copies)
    assert "in opening" in failure.value.__notes__[0]


def test_what_cannot_be_sent_is_refused_in_a_sentence(copies: Copies) -> None:
    connection = httpx.Client()
    lock = threading.Lock()

    def opening(settings: Settings) -> MemoryCache:
        with lock:
            connection.get("http://nowhere")
        return open_cache(settings)

    with pytest.raises(ServerError, match="must be made inside its functions"):
        Arm(Shop(overlay=Overlay(cache=opening), workers=2), copies)
    connection.close()


def _children() -> set[int]:
    """Worker processes of this one, forked or started."""
    children = psutil.Process().children(recursive=True)
    found = [one for one in children if one.status() != psutil.STATUS_ZOMBIE]
    servers = {one.pid for one in found if "app.lab.serving.fork_server" in _command(one)}
    workers = {one.pid for one in found if "app.lab.serving.worker" in _command(one)}
    return workers | {one.pid for one in found if one.ppid() in servers}


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


def test_a_worker_that_dies_is_noticed(copies: Copies) -> None:
    before = _children()
    with Arm(Shop(workers=2), copies) as arm:
        psutil.Process(min(_children() - before)).kill()
        while arm.host.alive:
            time.sleep(0.01)
        with pytest.raises(ServerError, match="has ended"):
            _ = arm.host.total
