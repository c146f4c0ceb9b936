"""Each manager starts, replaces and ends real processes."""

import asyncio
from pathlib import Path

import pytest

from app.course.errors import CourseError
from app.lab.tools.deployment.deployment import DeploymentError
from app.lab.tools.deployment.managers import MANAGERS
from app.lab.tools.deployment.requests import request
from tests.lab.tools.deployment.conftest import all_end, deployment

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", MANAGERS)
async def test_every_worker_is_replaced_and_no_request_lost(name: str) -> None:
    """Granian waits for a time, not for its new worker, so it may lose some where that is late."""
    async with deployment(name) as shop:
        family = shop.processes
        assert len(shop.pids) == 2
        assert {process.pid for process in family} > set(shop.pids)
        assert all(one.own > 1_000_000 for one in shop.memory.values())
        assert shop.memory_together > sum(one.own for one in shop.memory.values())
        seen = await shop.restart(path="/slow")
        family += shop.processes
        assert seen.completed
        assert seen.lost == 0 or name == "granian", seen.reasons
        assert seen.answered >= 1
        assert len(seen.new) == len(seen.loaded) == 2
        assert not set(seen.new) & set(seen.old)
        assert shop.pids == seen.new
        assert 2 <= seen.peak_workers <= shop.manager.overlap(2)
        if name == "uvicorn":  # it waits for the new worker
            assert seen.peak_workers == 3
    assert all_end(family)


async def test_a_worker_that_inherited_the_application_has_not_loaded_it() -> None:
    async with deployment("gunicorn", preload=True) as shop:
        seen = await shop.restart(path="/")
        assert (len(seen.new), seen.loaded) == (2, ())


@pytest.mark.parametrize(("name", "all_answered"), [("uvicorn", True), ("granian", False)])
async def test_only_workers_with_one_socket_share_what_a_blocked_one_would_get(
    name: str, all_answered: bool, flag: Path
) -> None:
    """Granian's workers have a socket each, and the kernel assigns a connection to one of them."""
    async with deployment(name) as shop:
        blocked = asyncio.create_task(request(shop.url, "/block"))
        while not shop.journal.pids("blocking"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        replies = await shop.ask("/", 40, patience=60 if all_answered else 2)
        flag.touch()  # noqa: ASYNC240
        (pid,) = shop.journal.pids("blocking")
        assert pid not in replies.workers
        assert (replies.answered == 40) == all_answered
        assert (await blocked).worker == pid


async def test_uvicorn_alone_has_nobody_who_would_replace_it() -> None:
    async with deployment("uvicorn", 1) as shop:
        with pytest.raises(CourseError, match="start 2 workers or more"):
            await shop.restart()
        assert (await shop.ask("/")).answered == 1


async def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(DeploymentError, match="No such option '--threads'"):
        async with deployment("uvicorn", threads=4):
            pass


async def test_requests_are_counted_by_what_became_of_them() -> None:
    async with deployment("uvicorn", 1) as shop:
        replies = await shop.ask("/", 3)
        assert replies.statuses == {200: 3}
        assert replies.workers == dict.fromkeys(shop.pids, 3)
        assert (await shop.ask("/slow", patience=0.01)).statuses == {"late": 1}
        url = shop.url
    assert (await request(url, "/")).failure == "refused"
